/** The largest stock and quantity: the largest whole number of PostgreSQL's `integer`. */
export const MAX_QUANTITY = 2_147_483_647;

/** The most lines of an order, and so of a cart. */
export const MOST_LINES = 100;

export interface ProductQuantity {
  productId: string;
  quantity: number;
}

export const unitsIn = (lines: readonly { quantity: number }[]): number =>
  lines.reduce((sum, { quantity }) => sum + quantity, 0);

/**
 * Sums the demand for each product, in order of first mention. A sum may exceed {@link MAX_QUANTITY}, which no stock
 * does: the demand is insufficient stock then.
 */
export function demandByProduct(items: readonly ProductQuantity[]): ProductQuantity[] {
  const demand = new Map<string, number>();
  for (const { productId, quantity } of items) demand.set(productId, (demand.get(productId) ?? 0) + quantity);
  return [...demand].map(([productId, quantity]) => ({ productId, quantity }));
}
