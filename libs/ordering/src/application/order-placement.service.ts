import { Injectable } from '@nestjs/common';
import { StockService } from '@holdfast/catalog';
import { Clock, demandByProduct, Money, type MoneyView, newId, type ProductQuantity } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import { Order } from '../domain/order';
import { OrderRepository } from '../domain/order.repository';
import { UnitLimitExceeded } from '../domain/ordering.errors';
import { type OrderView, orderView } from './order.views';

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
    private readonly clock: Clock,
  ) {}

  /** Places an order: every line gets its stock and the order exists, or neither happens. Locks its products. */
  @UnitOfWork({ grouped: true, oneEach: (_command: PlaceOrder, customerId: string) => customerId })
  async place(command: PlaceOrder, customerId: string): Promise<OrderView> {
    const demand = await this.stock.demand(demandByProduct(command.items), customerId);
    demand.ensureAvailable();
    await this.ensureWithinUnitLimits(demand.lines, customerId);
    const [id, at] = [newId(), this.clock.now()];
    const expectedTotal = command.expectedTotal && Money.parse(command.expectedTotal);
    const order = Order.place({ id, customerId, lines: demand.lines, expectedTotal, at });
    // The first change comes after the last refusal: a refused call then leaves its batch as it was.
    demand.sell(id, at);
    this.orders.add(order);
    return orderView(order);
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
