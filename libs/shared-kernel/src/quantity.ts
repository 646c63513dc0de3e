/** The largest whole number PostgreSQL's `integer` holds; stock and quantities end here. */
export const MAX_QUANTITY = 2_147_483_647;

/** Of an order, and so of a cart. */
export const MOST_LINES = 100;

export interface ProductQuantity {
  productId: string;
  quantity: number;
}

/**
 * Sums what is asked of each product, in order of first mention.
 * A sum may exceed {@link MAX_QUANTITY}; no stock can, so such a demand is simply short.
 */
export function demandByProduct(items: readonly ProductQuantity[]): ProductQuantity[] {
  const demand = new Map<string, number>();
  for (const { productId, quantity } of items) demand.set(productId, (demand.get(productId) ?? 0) + quantity);
  return [...demand].map(([productId, quantity]) => ({ productId, quantity }));
}
