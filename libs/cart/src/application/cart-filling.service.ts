import { Injectable } from '@nestjs/common';
import { offersOf, StockService } from '@holdfast/catalog';
import { OrderingSettings, OrderPlacement } from '@holdfast/ordering';
import { type Reader, UnitOfWork } from '@holdfast/platform';
import { Clock, demandByProduct, type ProductQuantity } from '@holdfast/shared-kernel';
import { CartSettings } from '../cart.settings';
import type { Cart } from '../domain/cart';
import { CartRepository } from '../domain/cart.repository';
import { cartView, type CartView } from './cart.views';

type Role = Reader['role'];

/**
 * Changes carts and holds their units. Each change extends the holds of all lines. A line without enough stock stays in
 * the cart and holds nothing; a line whose product was removed leaves the cart.
 * Locks what the customer has not paid, the cart, then the products of all its lines in id order.
 */
@Injectable()
export class CartFilling {
  constructor(
    private readonly carts: CartRepository,
    private readonly stock: StockService,
    private readonly orders: OrderPlacement,
    private readonly settings: CartSettings,
    private readonly limits: OrderingSettings,
    private readonly clock: Clock,
  ) {}

  /**
   * Adds all items or none. Throws CartLimitExceeded, ProductNotOrderable, UnitLimitExceeded, UnpaidUnitsLimitExceeded,
   * HoldPaused, and InsufficientStock with the added units.
   */
  @UnitOfWork({ grouped: true, oneEach: (_items: unknown, customerId: string) => customerId })
  async add(items: readonly ProductQuantity[], customerId: string, role: Role = 'customer'): Promise<CartView> {
    const cart = await this.lock(customerId);
    const demand = demandByProduct(items);
    cart.add(demand, this.limits.limitsOf(role), this.clock.now());
    return this.hold(cart, demand, role);
  }

  /** Sets the units of a product; 0 removes it. Throws what `add` throws, InsufficientStock with the new quantity. */
  @UnitOfWork({ grouped: true, oneEach: (_id: string, _quantity: number, customerId: string) => customerId })
  async set(productId: string, quantity: number, customerId: string, role: Role = 'customer'): Promise<CartView> {
    const cart = await this.lock(customerId);
    cart.set(productId, quantity, this.limits.limitsOf(role), this.clock.now());
    return this.hold(cart, [{ productId, quantity }], role);
  }

  @UnitOfWork({ grouped: true, oneEach: (customerId: string) => customerId })
  async clear(customerId: string, role: Role = 'customer'): Promise<void> {
    const cart = await this.lock(customerId);
    const gone = cart.empty(this.clock.now());
    await this.hold(
      cart,
      gone.map(({ productId }) => ({ productId, quantity: 0 })),
      role,
    );
  }

  private async lock(customerId: string): Promise<Cart> {
    await this.orders.lockUnpaid(customerId);
    return this.carts.lock(customerId);
  }

  /** `requested` are the units of this call; the other lines keep their holds while stock and limits allow it. */
  private async hold(cart: Cart, requested: readonly ProductQuantity[], role: Role): Promise<CartView> {
    const requestedOf = new Map(requested.map(({ productId, quantity }) => [productId, quantity]));
    const productIds = new Set([...cart.items, ...requested].map(({ productId }) => productId));
    const lines = [...productIds].map((productId) => {
      return { productId, quantity: cart.quantityOf(productId), requested: requestedOf.get(productId) ?? 0 };
    });
    const demand = await this.stock.demand(lines, cart.id);
    demand.ensureAvailable();
    demand.ensureHoldable();
    await this.orders.ensureWithinUnitLimits(
      demand.lines.filter((line) => line.requested > 0),
      cart.id,
    );
    const room = await this.orders.ensureRoomForHold(demand.growth, cart.id, role);
    demand.hold({ ttl: this.settings.CART_HOLD_TTL, longest: this.settings.CART_HOLD_MAX }, room);
    // Only products that this call looked for: other calls of the transaction may have added more since.
    const found = new Set(demand.known.map(({ product }) => product.id));
    cart.drop([...productIds].filter((productId) => !found.has(productId)));
    return cartView(cart.items, offersOf(demand));
  }
}
