import { AggregateRoot, assign, type MoneyView, newId, type ProductQuantity } from '@holdfast/shared-kernel';
import type { FulfilmentEvent } from '@holdfast/contracts';
import { ReturnExceedsRequest, ReturnNotOpen } from './fulfilment.errors';

export type ReturnStatus = 'requested' | 'received' | 'rejected';

export interface NewReturn {
  orderId: string;
  customerId: string;
  /** Each product is named once. */
  items: readonly ProductQuantity[];
  reason: string;
}

/** Units of one product that came back: for sale again, or not. */
export interface Arrived {
  productId: string;
  restock: number;
  writeOff: number;
}

export class ReturnLine {
  readonly returnId!: string;
  readonly productId!: string;
  readonly quantity!: number;
  readonly restocked: number = 0;
  readonly writtenOff: number = 0;

  receive({ restock, writeOff }: Omit<Arrived, 'productId'>): void {
    assign<ReturnLine>(this, { restocked: this.restocked + restock, writtenOff: this.writtenOff + writeOff });
  }
}

/**
 * Goods that a customer sends back: requested → received or rejected.
 *
 * - It is received or rejected once. What came is at most what was asked for; what is missing may be asked for again.
 * - Whether the goods may come back is decided by their order, whose lock is taken first.
 */
export class Return extends AggregateRoot<FulfilmentEvent> {
  readonly orderId!: string;
  readonly customerId!: string;
  readonly status!: ReturnStatus;
  readonly reason!: string;
  readonly rejectReason: string | null = null;
  readonly requestedAt!: Date;
  readonly lines: ReturnLine[] = [];

  private constructor() {
    super();
  }

  static request({ items, ...details }: NewReturn, at: Date): Return {
    const requested = new Return();
    const id = newId();
    assign<Return>(requested, { id, ...details, status: 'requested', requestedAt: at, updatedAt: at });
    for (const { productId, quantity } of items)
      requested.lines.push(Object.assign(new ReturnLine(), { returnId: id, productId, quantity }));
    requested.record({
      ...{ type: 'fulfilment.return-requested', ...requested.subject, requestedAt: at.toISOString() },
      items: items.map(({ productId, quantity }) => ({ productId, quantity })),
    });
    return requested;
  }

  /** Throws ReturnNotOpen, and ReturnExceedsRequest for more than was asked for. */
  receive(arrived: readonly Arrived[], at: Date): void {
    this.ensureOpen();
    for (const { productId, ...units } of arrived) {
      const line = this.lines.find((each) => each.productId === productId);
      const { quantity: requested = 0, restocked = 0, writtenOff = 0 } = line ?? {};
      const received = restocked + writtenOff + units.restock + units.writeOff;
      if (received > requested) throw new ReturnExceedsRequest(productId, requested, received);
      line?.receive(units);
    }
    this.settle('received', null, at);
  }

  /** Reports the receipt, once it is known what is paid back. */
  reportReceipt(refund: MoneyView): void {
    this.record({
      ...{ type: 'fulfilment.return-received', ...this.subject, refund, receivedAt: this.updatedAt.toISOString() },
      items: this.lines.map(({ productId, restocked, writtenOff }) => ({ productId, restocked, writtenOff })),
    });
  }

  /** Throws ReturnNotOpen. */
  reject(reason: string, at: Date): void {
    this.ensureOpen();
    this.settle('rejected', reason, at);
    this.record({
      ...{ type: 'fulfilment.return-rejected', ...this.subject, reason, rejectedAt: at.toISOString() },
    });
  }

  private get subject() {
    return { returnId: this.id, orderId: this.orderId, customerId: this.customerId };
  }

  private ensureOpen(): void {
    if (this.status !== 'requested') throw new ReturnNotOpen(this.status);
  }

  private settle(status: ReturnStatus, rejectReason: string | null, at: Date): void {
    assign<Return>(this, { status, rejectReason });
    this.changed(at);
  }
}
