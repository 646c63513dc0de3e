import { Injectable } from '@nestjs/common';
import { AddressBooks } from '@holdfast/address-book';
import { StockService } from '@holdfast/catalog';
import { ShippingRates, TaxCalculator } from '@holdfast/pricing';
import {
  type Address,
  Clock,
  copyOfAddress,
  demandByProduct,
  Money,
  type MoneyView,
  newId,
  type ProductQuantity,
} from '@holdfast/shared-kernel';
import { Backlogs, type Reader, shedCounter, UnitOfWork } from '@holdfast/platform';
import { Order } from '../domain/order';
import { OrderRepository } from '../domain/order.repository';
import { NO_TERMS, type Terms } from '../domain/order-totals';
import { AddressUnknown, Overloaded, UnitLimitExceeded } from '../domain/ordering.errors';
import { ensureWithinLimits } from '../domain/unpaid-orders';
import { OrderingSettings } from '../ordering.settings';
import { type OrderView, orderView } from './order.views';
import { PaymentTerms } from './payment-terms';

/** Where an order goes, and how. */
export interface Delivery {
  /** Either this or the id of an address in the customer's book. */
  shipTo?: Address;
  addressId?: string;
  /** The code of a shipping method. */
  shippingMethod?: string;
}

export interface PlaceOrder extends Delivery {
  items: ProductQuantity[];
  expectedTotal?: MoneyView;
}

/** Units of a product, and how many of them one customer may order; null for no limit. */
export interface LimitedLine extends ProductQuantity {
  unitLimit: number | null;
}

/** An overload ends when it ends: clients ask again at this time at the latest, in seconds. */
const LONGEST_RETRY_AFTER = 60;

const countShed = shedCounter('payments');

@Injectable()
export class OrderPlacement {
  constructor(
    private readonly orders: OrderRepository,
    private readonly stock: StockService,
    private readonly settings: OrderingSettings,
    private readonly payment: PaymentTerms,
    private readonly addresses: AddressBooks,
    private readonly shipping: ShippingRates,
    private readonly taxes: TaxCalculator,
    private readonly backlogs: Backlogs,
    private readonly clock: Clock,
  ) {}

  /**
   * Places an order: every line gets its stock and the order exists, or neither happens. Throws what {@link placeOn}
   * throws.
   */
  async place(command: PlaceOrder, customerId: string, role: Reader['role'] = 'customer'): Promise<OrderView> {
    return this.placeOn(await this.termsFor(command, customerId), command, customerId, role);
  }

  /**
   * What an order is charged beside its prices. It is looked up before anything is locked, because a carrier or a tax
   * service may be asked. A refusal is thrown by the terms under the lock, so that a repeated order is answered as the
   * first time even if its method has gone since.
   */
  async termsFor({ shipTo: given, addressId, shippingMethod }: Delivery, customerId: string): Promise<Terms> {
    const booked = addressId === undefined ? undefined : await this.addresses.find(customerId, addressId);
    if (addressId !== undefined && !booked) return UNKNOWN_ADDRESS;
    const shipTo = booked ?? (given && copyOfAddress(given));
    const [shipping, tax] = await Promise.all([
      this.shipping.termsFor(shippingMethod, shipTo),
      this.taxes.termsFor(shipTo),
    ]);
    return {
      ...{ shipTo: shipTo ?? null, shippingMethod: shipping.method, taxInclusive: tax.inclusive },
      shippingFor: (subtotal) => shipping.priceFor(subtotal),
      taxOn: (amount) => tax.taxOn(amount),
    };
  }

  /** Locks what the customer has not paid, then the products. For the terms see {@link termsFor}. */
  @UnitOfWork({ grouped: true, oneEach: (_terms: Terms, _command: PlaceOrder, customerId: string) => customerId })
  async placeOn(
    terms: Terms,
    command: PlaceOrder,
    customerId: string,
    role: Reader['role'] = 'customer',
  ): Promise<OrderView> {
    this.ensureTimeToPay();
    const limits = this.settings.limitsOf(role);
    const items = demandByProduct(command.items);
    ensureWithinLimits(items, limits);
    const unpaid = await this.orders.lockUnpaid(customerId);
    const demand = await this.stock.demand(items, customerId);
    demand.ensureAvailable();
    await this.ensureWithinUnitLimits(demand.lines, customerId);
    const [id, at] = [newId(), this.clock.now()];
    const expectedTotal = command.expectedTotal && Money.parse(command.expectedTotal);
    const order = Order.place({ id, customerId, lines: demand.lines, terms, expectedTotal, at });
    unpaid.ensureRoomFor(order, demand.heldElsewhere, limits);
    this.payment.ensurePayable(order.total);
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

  /** Throws Overloaded when the payments of the orders that wait take longer to begin than BACKLOG_LIMIT. */
  private ensureTimeToPay(): void {
    const limit = this.settings.BACKLOG_LIMIT;
    const excess = limit && this.backlogs.timeToBegin('ordering.order-placed') - limit;
    if (excess <= 0) return;
    countShed();
    throw new Overloaded(Math.min(Math.ceil(excess / 1_000), LONGEST_RETRY_AFTER));
  }
}

const UNKNOWN_ADDRESS: Terms = {
  ...NO_TERMS,
  shippingFor: () => {
    throw new AddressUnknown();
  },
};
