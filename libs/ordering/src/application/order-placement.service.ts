import { Injectable } from '@nestjs/common';
import { StockService } from '@holdfast/catalog';
import { Clock, demandByProduct, Money, type MoneyView, newId, type ProductQuantity } from '@holdfast/shared-kernel';
import { type Reader, UnitOfWork } from '@holdfast/platform';
import { Order } from '../domain/order';
import { OrderRepository } from '../domain/order.repository';
import { UnitLimitExceeded } from '../domain/ordering.errors';
import { ensureWithinLimits } from '../domain/unpaid-orders';
import { OrderingSettings } from '../ordering.settings';
import { type OrderView, orderView } from './order.views';
import { PaymentTerms } from './payment-terms';

export interface PlaceOrder {
  items: ProductQuantity[];
  expectedTotal?: MoneyView;
}

/** Units of a product, and how many of them one customer may order; null for no limit. */
export interface LimitedLine extends ProductQuantity {
  unitLimit: number | null;
}

@Injectable()
export class OrderPlacement {
  constructor(
    private readonly orders: OrderRepository,
    private readonly stock: StockService,
    private readonly settings: OrderingSettings,
    private readonly terms: PaymentTerms,
    private readonly clock: Clock,
  ) {}

  /**
   * Places an order: every line gets its stock and the order exists, or neither happens. Locks what the customer has
   * not paid, then the products.
   */
  @UnitOfWork({ grouped: true, oneEach: (_command: PlaceOrder, customerId: string) => customerId })
  async place(command: PlaceOrder, customerId: string, role: Reader['role'] = 'customer'): Promise<OrderView> {
    const limits = this.settings.limitsOf(role);
    const items = demandByProduct(command.items);
    ensureWithinLimits(items, limits);
    const unpaid = await this.orders.lockUnpaid(customerId);
    const demand = await this.stock.demand(items, customerId);
    demand.ensureAvailable();
    await this.ensureWithinUnitLimits(demand.lines, customerId);
    const [id, at] = [newId(), this.clock.now()];
    const expectedTotal = command.expectedTotal && Money.parse(command.expectedTotal);
    const order = Order.place({ id, customerId, lines: demand.lines, expectedTotal, at });
    unpaid.ensureRoomFor(order, demand.heldElsewhere, limits);
    this.terms.ensurePayable(order.total);
    // The first change comes after the last refusal: a refused call then leaves its batch as it was.
    demand.sell(id, at);
    this.orders.add(order);
    unpaid.add(order);
    return orderView(order);
  }

  /** Locks what the customer has not paid, as a unit does that goes on to lock something of the customer's. */
  @UnitOfWork()
  async lockUnpaid(customerId: string): Promise<void> {
    await this.orders.lockUnpaid(customerId);
  }

  /**
   * How many units the customer may hold beside the unpaid orders; Infinity for no limit. Throws
   * UnpaidUnitsLimitExceeded for a hold of `requested` units beside the `held` ones.
   */
  @UnitOfWork()
  async ensureRoomForHold(
    { requested, held }: { requested: number; held: number },
    customerId: string,
    role: Reader['role'],
  ): Promise<number> {
    const limits = this.settings.limitsOf(role);
    const unpaid = await this.orders.lockUnpaid(customerId);
    if (requested > 0) unpaid.ensureUnits(requested, held, limits);
    return limits.unpaidUnits - unpaid.units;
  }

  /**
   * Throws UnitLimitExceeded for a line that exceeds what the customer may still order of its product. The caller holds
   * the products' locks.
   */
  @UnitOfWork()
  async ensureWithinUnitLimits(lines: readonly LimitedLine[], customerId: string): Promise<void> {
    const limited = lines.filter(({ unitLimit }) => unitLimit !== null);
    if (!limited.length) return;
    const productIds = limited.map(({ productId }) => productId);
    const ordered = await this.orders.unitsOrdered(customerId, productIds);
    for (const { productId, quantity, unitLimit } of limited) {
      const alreadyOrdered = ordered.get(productId) ?? 0;
      if (alreadyOrdered + quantity > unitLimit!)
        throw new UnitLimitExceeded(productId, unitLimit!, quantity, alreadyOrdered);
    }
  }
}
