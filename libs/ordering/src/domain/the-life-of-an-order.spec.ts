import { AmountOutOfRange, CurrenciesMixed, Money } from '@holdfast/shared-kernel';
import { Order } from './order';
import { NO_MEANS, ORDER_STATUSES, type OrderStatus } from './order-status';
import {
  NothingToRefund,
  OrderNotCancellable,
  OrderNotFulfillable,
  OrderNotRefundable,
  PriceChanged,
  RefundTooLarge,
  RestockWithoutEffect,
} from './ordering.errors';

const AT = new Date('2026-01-02T03:04:05.678Z');
const money = (amount: string, currency = 'GBP') => Money.parse({ amount, currency });
const line = (amount: string, quantity = 1, currency = 'GBP') => ({
  productId: `p-${amount}`,
  sku: 'S',
  name: 'Thing',
  unitPrice: money(amount, currency),
  quantity,
});
const anOrder = (...lines: ReturnType<typeof line>[]) =>
  Order.place({ id: 'o1', customerId: 'c1', lines: lines.length ? lines : [line('10.00', 3)], at: AT });
const inStatus = (status: OrderStatus) => Object.assign(anOrder(), { status, transitions: [] });

it('has a history that never goes back in time, whatever the clock of the next process shows', () => {
  const order = anOrder();
  order.awaitPayment('stripe', NO_MEANS, new Date(AT.getTime() - 3_600_000));
  const later = new Date(AT.getTime() + 1);
  order.pay('stripe', later);
  expect(order.transitions.map(({ at }) => at)).toEqual([AT, AT, later]);
  expect(order.updatedAt).toEqual(later);
});

describe('placing an order', () => {
  it('sums its lines exactly and starts its history', () => {
    const order = anOrder(line('2499.99', 2), line('25.00'));
    expect(order.total.toView()).toEqual({ amount: '5024.98', currency: 'GBP' });
    expect(order).toMatchObject({ status: 'reserved', version: 1, placedAt: AT, updatedAt: AT });
    expect(order.lines.map(({ lineNo, subtotal }) => [lineNo, subtotal.toView().amount])).toEqual([
      [1, '4999.98'],
      [2, '25.00'],
    ]);
    expect(order.transitions).toMatchObject([{ from: 'created', to: 'reserved', cause: 'placed', at: AT }]);
  });

  it('records one event, once', () => {
    const order = anOrder();
    expect(order.takeEvents()).toEqual([
      {
        type: 'ordering.order-placed',
        orderId: 'o1',
        customerId: 'c1',
        lines: [
          {
            productId: 'p-10.00',
            sku: 'S',
            name: 'Thing',
            quantity: 3,
            unitPrice: { amount: '10.00', currency: 'GBP' },
          },
        ],
        total: { amount: '30.00', currency: 'GBP' },
        placedAt: AT.toISOString(),
      },
    ]);
    expect(order.takeEvents()).toEqual([]);
  });

  it('refuses a total other than the one the customer was shown', () => {
    const place = (expectedTotal: Money) =>
      Order.place({ id: 'o1', customerId: 'c1', lines: [line('5.90', 2)], expectedTotal, at: AT });
    expect(() => place(money('10.20'))).toThrow(PriceChanged);
    expect(() => place(money('11.80', 'EUR'))).toThrow(PriceChanged);
    expect(place(money('11.80')).total.equals(money('11.80'))).toBe(true);
  });

  it('refuses mixed currencies and totals that are too large', () => {
    expect(() => anOrder(line('1.00'), line('1.00', 1, 'EUR'))).toThrow(CurrenciesMixed);
    expect(() => anOrder(line('9999999999.99', 2))).toThrow(AmountOutOfRange);
    expect(() => anOrder(line('9999999999.99'), line('0.01'))).toThrow(AmountOutOfRange);
  });
});

describe('canceling an order', () => {
  it.each<OrderStatus>(['reserved', 'payment_pending'])('is possible while it is %s', (status) => {
    const order = inStatus(status);
    order.takeEvents();
    order.cancel('canceled by the customer', AT);
    expect(order).toMatchObject({ status: 'canceled', version: 2 });
    expect(order.transitions).toMatchObject([{ from: status, to: 'canceled', cause: 'canceled by the customer' }]);
    expect(order.takeEvents()).toMatchObject([
      { type: 'ordering.order-canceled', restocked: [{ productId: 'p-10.00', quantity: 3 }] },
    ]);
  });

  it.each(ORDER_STATUSES.filter((status) => !['reserved', 'payment_pending'].includes(status)))(
    'is refused when it is %s, and changes nothing',
    (status) => {
      const order = inStatus(status);
      order.takeEvents();
      expect(() => order.cancel('too late', AT)).toThrow(OrderNotCancellable);
      expect(order).toMatchObject({ status, version: 1, transitions: [] });
      expect(order.takeEvents()).toEqual([]);
    },
  );
});

describe('paying for an order', () => {
  const MEANS = { clientSecret: 'secret', approvalUrl: 'https://pay.example' };
  const typesOf = (order: Order) => order.takeEvents().map(({ type }) => type.replace('ordering.', ''));

  it('leads from reserved over payment_pending to paid, and records each step once', () => {
    const order = anOrder();
    order.awaitPayment('acme', MEANS, AT);
    expect(order).toMatchObject({ status: 'payment_pending', paymentStatus: 'pending', ...MEANS });
    order.awaitPayment('acme', MEANS, AT);
    order.pay('acme', AT);
    order.pay('acme', AT);
    order.awaitPayment('acme', MEANS, AT);
    expect(order).toMatchObject({ status: 'paid', paymentStatus: 'captured', ...NO_MEANS });
    expect(typesOf(order)).toEqual(['order-placed', 'order-payment-pending', 'order-paid']);
  });

  it('is not needed where there is nothing to pay', () => {
    const order = anOrder(line('0.00'));
    expect([order.status, typesOf(order)]).toEqual(['paid', ['order-placed', 'order-paid']]);
    expect(order.transitions.map(({ to }) => to)).toEqual(['reserved', 'paid']);
  });

  it('that fails ends the order once, unless it is paid', () => {
    const order = anOrder();
    expect(order.failPayment('declined', AT)).toBe(true);
    expect(order.failPayment('declined', AT)).toBe(false);
    expect(order).toMatchObject({ status: 'canceled', paymentStatus: 'failed' });
    const paid = inStatus('paid');
    expect([paid.failPayment('declined', AT), paid.status]).toEqual([false, 'paid']);
  });

  it('comes too late for a canceled order, which stays so', () => {
    const order = inStatus('canceled');
    order.takeEvents();
    order.pay('acme', AT);
    expect([order.status, order.paymentStatus, typesOf(order)]).toEqual(['canceled', 'captured', []]);
  });
});

describe('fulfilling and refunding an order', () => {
  const refund = (order: Order, amount?: string, restock?: boolean) =>
    order.refund({ id: 'r1', amount: amount === undefined ? undefined : money(amount), reason: 'broken', restock }, AT);

  it.each<OrderStatus>(['reserved', 'payment_pending', 'canceled'])('is refused while it is %s', (status) => {
    expect(() => inStatus(status).fulfil(false, AT)).toThrow(OrderNotFulfillable);
    expect(() => refund(inStatus(status))).toThrow(OrderNotRefundable);
  });

  it.each<[OrderStatus, disputed: boolean, force: boolean, becomes: string]>([
    ['paid', false, false, 'fulfilled'],
    ['paid', false, true, 'fulfilled'],
    ['paid', true, false, 'order-disputed'],
    ['paid', true, true, 'fulfilled'],
    ['fulfilled', true, false, 'fulfilled'],
    ['reserved', true, true, 'order-not-fulfillable'],
    ['payment_pending', true, true, 'order-not-fulfillable'],
    ['canceled', true, true, 'order-not-fulfillable'],
    ['canceled', true, false, 'order-not-fulfillable'],
  ])('%s, disputed %s, forced %s: %s', (status, disputed, force, becomes) => {
    const order = Object.assign(inStatus(status), { disputed });
    const fulfil = () => order.fulfil(force, AT);
    if (becomes === 'fulfilled') fulfil();
    else expect(fulfil).toThrow(expect.objectContaining({ code: becomes }) as Error);
    expect(order.status).toBe(becomes === 'fulfilled' ? 'fulfilled' : status);
  });

  it.each<OrderStatus>(['paid', 'fulfilled'])('refunds parts of what was paid, never more: %s', (status) => {
    const order = inStatus(status);
    expect(refund(order, '20.00')).toBe(false);
    expect(() => refund(order, '10.01')).toThrow(RefundTooLarge);
    expect(() => refund(order, '0.00')).toThrow(NothingToRefund);
    refund(order);
    expect(order.refunded.toView().amount).toBe('30.00');
    expect(order.takeEvents().filter(({ type }) => type === 'ordering.refund-requested')).toMatchObject([
      { amount: { amount: '20.00' } },
      { amount: { amount: '10.00' } },
    ]);
    expect(() => refund(order, '0.01')).toThrow(status === 'paid' ? OrderNotRefundable : RefundTooLarge);
    expect(() => refund(order)).toThrow(status === 'paid' ? OrderNotRefundable : NothingToRefund);
  });

  it.each<[OrderStatus, boolean | undefined, object]>([
    ['paid', undefined, { back: true, status: 'canceled', kept: false, restocked: [{ quantity: 3 }] }],
    ['paid', true, { back: true, status: 'canceled', kept: false, restocked: [{ quantity: 3 }] }],
    ['paid', false, { back: false, status: 'canceled', kept: true, restocked: [] }],
    ['fulfilled', undefined, { back: false, status: 'fulfilled', kept: false, restocked: undefined }],
  ])('in full, a %s order with restock %s', (status, restock, expected) => {
    const order = inStatus(status);
    order.takeEvents();
    const back = refund(order, '30.00', restock);
    const canceled = order.takeEvents().find(({ type }) => type === 'ordering.order-canceled');
    const restocked = canceled?.type === 'ordering.order-canceled' ? canceled.restocked : undefined;
    expect({ back, status: order.status, kept: order.stockKept, restocked }).toMatchObject(expected);
  });

  it.each<[OrderStatus, string | undefined, boolean]>([
    ['paid', '29.99', true],
    ['paid', '29.99', false],
    ['fulfilled', undefined, true],
    ['fulfilled', undefined, false],
    ['fulfilled', '30.00', true],
    ['fulfilled', '0.01', false],
  ])('refuses a restock that has no effect, and changes nothing: %s, %s, %s', (status, amount, restock) => {
    const order = inStatus(status);
    order.takeEvents();
    expect(() => refund(order, amount, restock)).toThrow(RestockWithoutEffect);
    expect([order.refunded.toView().amount, order.version, order.takeEvents()]).toEqual(['0.00', 1, []]);
  });

  it('ends an order that cost nothing by a refund of nothing, but not once it has left', () => {
    const free = anOrder(line('0.00'));
    expect([refund(free), free.status]).toEqual([true, 'canceled']);
    const gone = anOrder(line('0.00'));
    gone.fulfil(false, AT);
    expect(() => refund(gone)).toThrow(NothingToRefund);
    expect(gone.status).toBe('fulfilled');
  });

  it('announces no refund of what was never paid', () => {
    const [canceled, free] = [anOrder(), anOrder(line('0.00'))];
    canceled.cancel('why', AT);
    refund(free);
    for (const order of [canceled, free])
      expect(order.takeEvents().at(-1)).toMatchObject({ type: 'ordering.order-canceled', refunded: false });
  });
});
