import type { FulfilmentEvent, OrderingEvent } from '@holdfast/contracts';
import { Money } from '@holdfast/shared-kernel';
import { Fulfilment } from '../../../libs/fulfilment/src/domain/fulfilment';
import { Return } from '../../../libs/fulfilment/src/domain/return';
import type { OrderReturn } from '../../../libs/ordering/src/domain/delivery';
import { Order } from '../../../libs/ordering/src/domain/order';

const AT = new Date('2026-01-02T03:04:05.678Z');
const ORDERED = 3;
const STOCK = 10;
const PRICE = 1_000n;
const MOST_RETURNS = 4;
const STEPS = ['pay', 'ship part', 'refund part', 'ship rest', 'return', 'receive', 'reject', 'cancel'] as const;
type Step = (typeof STEPS)[number];
const TRACKING = { carrier: null, trackingNumber: null, trackingUrl: null };

const copyOf = <T extends object>(original: T, changed: Partial<T> = {}): T =>
  Object.assign(Object.create(Object.getPrototypeOf(original) as object) as T, original, changed);

/** As the repository opens it. */
function opened(): Fulfilment {
  const fulfilment = Object.create(Fulfilment.prototype) as Fulfilment;
  Object.assign(fulfilment as object, { id: 'o1', status: 'open', version: 1, events: [], shipments: [] });
  return fulfilment;
}

const shown = ({ id, status, lines, reason, rejectReason }: Return): OrderReturn => ({
  ...{ id, status, reason, requestedAt: AT.toISOString(), ...(rejectReason !== null && { rejectReason }) },
  items: lines.map(({ productId, quantity, restocked, writtenOff }) => ({
    productId,
    quantity,
    restocked,
    writtenOff,
  })),
});

/** One order of three units, its fulfilment, its returns and its stock, as the services lead them. */
class World {
  constructor(
    readonly order = Order.place({
      ...{ id: 'o1', customerId: 'c1', at: AT },
      lines: [{ productId: 'p1', sku: 'S', name: 'Thing', quantity: ORDERED, unitPrice: Money.of(PRICE, 'GBP') }],
    }),
    readonly fulfilment = opened(),
    readonly returns: Return[] = [],
    public onHand = STOCK - ORDERED,
    public sentBack = 0n,
    public endings = 0,
  ) {}

  private reopened = false;

  copy(): World {
    const order = copyOf(this.order, { lines: this.order.lines.map((line) => copyOf(line)), transitions: [] });
    const returns = this.returns.map((each) => copyOf(each, { lines: each.lines.map((line) => copyOf(line)) }));
    return new World(order, copyOf(this.fulfilment), returns, this.onHand, this.sentBack, this.endings);
  }

  /** Everything that decides what may happen next. */
  get state(): string {
    const { order, fulfilment, returns, onHand, sentBack, endings } = this;
    const [{ shipped, withdrawn, settled, returned, restocked }] = order.lines;
    return [
      ...[order.status, fulfilment.status, shipped, withdrawn, settled, returned, restocked, onHand, sentBack, endings],
      order.refunded.thousandths,
      returns.map(({ status }) => status).join('+'),
    ].join(' ');
  }

  /** Takes a step, or is refused and stays as it was. */
  take(step: Step): void {
    const { order } = this;
    const before = this.state;
    const settled = this.returns.filter(({ status }) => status !== 'requested').map(({ status }) => status);
    try {
      this.happen(step);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === undefined || before !== this.state) throw error;
    }
    this.reopened ||= this.returns.slice(0, settled.length).some(({ status }, i) => status !== settled[i]);
    for (const event of order.takeEvents()) this.follow(event);
    for (const each of [this.fulfilment, ...this.returns]) each.takeEvents() satisfies FulfilmentEvent[];
    if (order.status !== 'reserved' && order.lines[0].shipped + order.lines[0].withdrawn > 0) {
      const { left } = order.lines[0];
      const units = left && order.status !== 'canceled' ? [{ productId: 'p1', quantity: left }] : [];
      this.fulfilment.follow({ customerId: 'c1', left: units, hasLeft: order.lines[0].shipped > 0 }, AT);
    }
  }

  private happen(step: Step): void {
    const { order, returns } = this;
    const one = [{ productId: 'p1', quantity: 1 }];
    const open = returns.find(({ status }) => status === 'requested') ?? returns.at(-1);
    switch (step) {
      case 'pay':
        return order.pay('acme', AT);
      case 'ship part':
        return void order.ship({ id: 's', items: one, ...TRACKING }, false, AT);
      case 'ship rest':
        return void order.ship({ id: 's', ...TRACKING }, false, AT);
      case 'refund part':
        for (const { quantity } of order.refund({ id: 'r', items: one, reason: 'broken' }, AT)) this.onHand += quantity;
        return;
      case 'cancel':
        order.cancel('why', AT);
        this.onHand += ORDERED;
        return;
      case 'return': {
        const asked = Return.request({ orderId: 'o1', customerId: 'c1', items: one, reason: 'too small' }, AT);
        order.requestReturn(shown(asked), 1, AT);
        return void returns.push(asked);
      }
      case 'receive':
        if (!open) return;
        open.receive([{ productId: 'p1', restock: 1, writeOff: 0 }], AT);
        for (const { quantity } of order.takeBack(shown(open), { id: 'r' }, AT).restocked) this.onHand += quantity;
        this.onHand++;
        return;
      case 'reject':
        open?.reject('worn', AT);
        if (open) order.showReturn(shown(open), AT);
    }
  }

  private follow(event: OrderingEvent): void {
    if (event.type === 'ordering.refund-requested') this.sentBack += Money.parse(event.amount).thousandths;
    if (event.type === 'ordering.order-fulfilled' || event.type === 'ordering.order-canceled') this.endings++;
  }

  /** What is wrong here. */
  get faults(): string[] {
    const { order, fulfilment, onHand, sentBack } = this;
    const [{ left, shipped, withdrawn, settled, returned, restocked, refunded }] = order.lines;
    const wasPaid = order.paymentStatus === 'captured' && order.placedAt !== undefined;
    const isOver = order.status === 'canceled' || order.status === 'fulfilled';
    const open = this.returns.filter(({ status }) => status === 'requested').length;
    const received = this.returns.filter(({ status }) => status === 'received').length;
    const isUnpaidEnd = order.status === 'canceled' && withdrawn === 0;
    const sound = {
      'no unit is shipped twice': left >= 0 && shipped >= 0 && withdrawn >= 0,
      'no unit comes back twice': returned === received && returned + open <= shipped,
      'no unit is paid back twice': returned <= settled && settled <= shipped,
      'units cost what they cost': order.refunded.thousandths === PRICE * BigInt(refunded),
      'refunded is what is sent back, and at most what was paid':
        sentBack === order.refunded.thousandths && sentBack <= (wasPaid ? order.total.thousandths : 0n),
      'stock is what is not out': onHand === STOCK - (isUnpaidEnd ? 0 : ORDERED - restocked),
      'what comes back is what was refunded before or returned': restocked === withdrawn + returned,
      'what has left is never canceled': order.status !== 'canceled' || shipped === 0,
      'it is over when nothing is left':
        (order.status !== 'paid' || left > 0) && (order.status !== 'fulfilled' || left === 0),
      'a return is settled once': !this.reopened,
      'it ends once': this.endings === (isOver ? 1 : 0),
      'its fulfilment follows':
        shipped + withdrawn === 0 || fulfilment.status === (left === 0 ? 'done' : shipped > 0 ? 'partial' : 'open'),
      'the order shows its returns as they are':
        order.returns.map(({ status }) => status).join() === this.returns.map(({ status }) => status).join(),
    };
    return Object.entries(sound).flatMap(([rule, holds]) => (holds ? [] : [rule]));
  }
}

describe('paying, shipping, refunding, returning, receiving, rejecting and canceling', () => {
  const { stackTraceLimit } = Error;
  beforeAll(() => void (Error.stackTraceLimit = 0));
  afterAll(() => void (Error.stackTraceLimit = stackTraceLimit));

  /**
   * What may happen next depends on the state alone, so following every step from every state once is every order of
   * the steps, each as often as one likes; only returns are bounded, since a rejected one may be asked for again.
   */
  it('leave everything sound after every step, in all their orders', () => {
    const start = new World();
    start.order.takeEvents();
    const found = new Map([[start.state, [] as Step[]]]);
    const queue = [start];
    const faults: unknown[] = [];
    for (let world = queue.pop(); world; world = queue.pop())
      for (const step of STEPS) {
        if (step === 'return' && world.returns.length === MOST_RETURNS) continue;
        const after = world.copy();
        after.take(step);
        if (found.has(after.state)) continue;
        const way = [...found.get(world.state)!, step];
        found.set(after.state, way);
        if (after.faults.length) faults.push({ way, broken: after.faults });
        queue.push(after);
      }
    expect([faults.length, faults.slice(0, 3)]).toEqual([0, []]);
    const statuses = new Set([...found.keys()].map((state) => state.split(' ')[0]));
    expect([...statuses].sort()).toEqual(['canceled', 'fulfilled', 'paid', 'reserved']);
    expect(found.size).toBeGreaterThan(300);
  });
});
