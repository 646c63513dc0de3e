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

/** Some units of a product of which one customer may have only so many; null for any number. */
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

  /** Places an order: every line gets its stock and the order exists, or neither happens. */
  @UnitOfWork({ grouped: true })
  async place(command: PlaceOrder, customerId: string): Promise<OrderView> {
    const demand = await this.stock.demand(demandByProduct(command.items), customerId);
    demand.ensureAvailable();
    await this.refuseBeyondLimits(demand.lines, customerId);
    const [id, at] = [newId(), this.clock.now()];
    const expectedTotal = command.expectedTotal && Money.parse(command.expectedTotal);
    const order = Order.place({ id, customerId, lines: demand.lines, expectedTotal, at });
    // Only now, when nothing else refuses it: a refusal that has changed nothing concerns no other call.
    demand.sell(id, at);
    this.orders.add(order);
    return orderView(order);
  }

  /** Throws UnitLimitExceeded when these lines are more than the customer may still order. Their products are locked. */
  @UnitOfWork()
  async refuseBeyondLimits(lines: readonly LimitedLine[], customerId: string): Promise<void> {
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
