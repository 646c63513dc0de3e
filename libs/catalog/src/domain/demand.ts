import type { ProductImage } from '@holdfast/contracts';
import { type Money, type ProductQuantity, unitsIn } from '@holdfast/shared-kernel';
import { HoldPaused, InsufficientStock, ProductNotOrderable } from './catalog.errors';
import type { HoldTimes } from './hold';
import type { Product } from './product';

/** One product of a demand; `quantity` is the total that the customer is to have of it. */
export interface DemandLine extends ProductQuantity {
  /** Units requested in this call; defaults to `quantity`. With 0 an earlier hold is kept while stock allows it. */
  requested?: number;
}

export interface PricedLine extends Required<DemandLine> {
  sku: string;
  name: string;
  image: ProductImage | null;
  unitPrice: Money;
  unitLimit: number | null;
}

/**
 * The products that a customer demands, locked, each named once. Calls that share a transaction take turns at every
 * `await`, so availability may change between two calls: `sell` and `hold` check it again.
 */
export class Demand {
  private readonly products: Map<string, Product>;
  /** The lines whose products exist, in the given order. */
  readonly known: readonly { product: Product; quantity: number; requested: number }[];

  constructor(
    private readonly demanded: readonly DemandLine[],
    products: readonly Product[],
    readonly customerId: string,
  ) {
    this.products = new Map(products.map((product) => [product.id, product]));
    this.known = demanded.flatMap(({ productId, quantity, requested = quantity }) => {
      const product = this.products.get(productId);
      return product ? [{ product, quantity, requested }] : [];
    });
  }

  /** The known lines at their current prices. */
  get lines(): PricedLine[] {
    return this.known.map(({ product, quantity, requested }) => {
      const { id: productId, sku, name, image, price: unitPrice, unitLimit } = product;
      return { productId, sku, name, image, unitPrice, unitLimit, quantity, requested };
    });
  }

  /** Units in the customer's live holds of all other products. */
  get heldElsewhere(): number {
    const { customerId } = this;
    const [first, ...others] = this.known.map(({ product }) => product.held);
    if (!first) return 0;
    return others.reduce((left, held) => left - held.unitsOf(customerId), first.unitsElsewhere(customerId));
  }

  /**
   * How the requested lines change what the customer holds: by how many units they exceed their live holds, if they do,
   * and the units in live holds before.
   */
  get growth(): { requested: number; held: number } {
    const held = (line: Demand['known'][number]) => line.product.held.unitsOf(this.customerId);
    const more = this.known.filter(({ requested }) => requested > 0).map((line) => line.quantity - held(line));
    return {
      requested: more.reduce((sum, units) => sum + units, 0),
      held: this.known.reduce((sum, line) => sum + held(line), 0),
    };
  }

  /** Throws ProductNotOrderable, or InsufficientStock with every short line. */
  ensureAvailable(): void {
    const missing = this.demanded.filter(({ productId, quantity, requested = quantity }) => {
      return requested > 0 && !this.products.get(productId)?.isOrderable;
    });
    if (missing.length) throw new ProductNotOrderable(missing.map(({ productId }) => productId));
    const short = this.known.flatMap(({ product, quantity, requested }) => {
      const available = product.availableTo(this.customerId);
      if (requested === 0 || quantity <= available) return [];
      return [{ productId: product.id, requested, available: Math.max(0, available - (quantity - requested)) }];
    });
    if (short.length) throw new InsufficientStock(short);
  }

  /** Takes every line for an order and ends the customer's holds on it. Throws like `ensureAvailable`. */
  sell(orderId: string, at: Date): void {
    this.ensureAvailable();
    for (const { product, quantity } of this.known) product.sell(quantity, orderId, this.customerId, at);
  }

  /** Throws HoldPaused with every requested line that the customer may not hold now. */
  ensureHoldable(): void {
    const paused = this.known.flatMap(({ product, quantity, requested }) => {
      const pausedUntil = product.held.pausedUntil(this.customerId);
      return pausedUntil && requested > 0 && quantity > 0 ? [{ productId: product.id, pausedUntil }] : [];
    });
    if (paused.length) throw new HoldPaused(paused);
  }

  /**
   * Holds every line for these times after the lock. A line of 0 units, or one that was not requested, and is paused or
   * fits the stock or the `room` no more, loses its hold. `room` is what the customer may hold in all; the requested
   * lines and the live holds were checked against it. Throws like `ensureAvailable` and `ensureHoldable`.
   */
  hold(times: HoldTimes, room: number): void {
    this.ensureAvailable();
    this.ensureHoldable();
    const { customerId } = this;
    const isKept = ({ product, requested }: Demand['known'][number]) =>
      requested > 0 || product.held.unitsOf(customerId) > 0;
    let left = room - unitsIn(this.known.filter(isKept));
    for (const line of this.known) {
      const { product, quantity } = line;
      const hasRoom = isKept(line) || (quantity <= left && !product.held.pausedUntil(customerId));
      if (quantity > 0 && hasRoom && quantity <= product.availableTo(customerId)) {
        if (!isKept(line)) left -= quantity;
        product.hold(quantity, customerId, times);
      } else product.dropHold(customerId);
    }
  }
}
