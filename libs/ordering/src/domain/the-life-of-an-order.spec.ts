import { AmountOutOfRange, CurrenciesMixed, Money } from '@holdfast/shared-kernel';
import { Order } from './order';
import { NO_TERMS } from './order-totals';
import { NO_MEANS, ORDER_STATUSES, type OrderStatus } from './order-status';
import {
  NothingToRefund,
  OrderNotCancellable,
  OrderNotFulfillable,
  OrderNotRefundable,
  PriceChanged,
  RefundTooLarge,
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

describe('shipping and refunding an order', () => {
  const [BIG, SMALL] = ['p-10.00', 'p-1.00'];
  const parcel = { id: 's1', carrier: null, trackingNumber: null, trackingUrl: null };
  const items = (...units: [productId: string, quantity: number, restock?: boolean][]) =>
    units.map(([productId, quantity, restock]) => ({ productId, quantity, ...(restock !== undefined && { restock }) }));
  const ship = (order: Order, ...units: [string, number][]) =>
    order.ship({ ...parcel, ...(units.length && { items: items(...units) }) }, false, AT);
  const refund = (order: Order, amount?: string, restock?: boolean) =>
    order.refund({ id: 'r1', amount: amount === undefined ? undefined : money(amount), reason: 'broken', restock }, AT);
  const refundUnits = (order: Order, ...units: [string, number, boolean?][]) =>
    order.refund({ id: 'r1', items: items(...units), reason: 'broken' }, AT);
  /** Three of 10.00 and two of 1.00, paid. */
  const aPaidOrder = () => {
    const order = anOrder(line('10.00', 3), line('1.00', 2));
    order.pay('acme', AT);
    order.takeEvents();
    return order;
  };
  const aShippedOrder = () => {
    const order = aPaidOrder();
    ship(order);
    order.takeEvents();
    return order;
  };
  const countsOf = (order: Order) =>
    order.lines.map(({ shipped, withdrawn, settled, returned, restocked }) =>
      [shipped, withdrawn, settled, returned, restocked].join(' '),
    );
  const typesOf = (order: Order) => order.takeEvents().map(({ type }) => type.replace('ordering.', ''));
  const stateOf = (order: Order) => [order.status, order.version, order.refunded.toView(), countsOf(order)];
  const expectRefused = (order: Order, act: () => unknown, code: string) => {
    order.takeEvents();
    const before = stateOf(order);
    expect(act).toThrow(expect.objectContaining({ code }) as Error);
    expect([stateOf(order), order.takeEvents()]).toEqual([before, []]);
  };

  it.each<OrderStatus>(['reserved', 'payment_pending', 'canceled'])('is refused while it is %s', (status) => {
    expect(() => ship(inStatus(status))).toThrow(OrderNotFulfillable);
    expect(() => refund(inStatus(status))).toThrow(OrderNotRefundable);
  });

  it('ships in parts, and is fulfilled when nothing is left', () => {
    const order = aPaidOrder();
    expect(ship(order, [BIG, 1], [BIG, 1]).items).toEqual(items([BIG, 2]));
    expect([order.status, typesOf(order)]).toEqual(['paid', []]);
    expectRefused(order, () => ship(order, [BIG, 2]), 'shipment-exceeds-order');
    expectRefused(order, () => ship(order, ['unknown', 1]), 'shipment-exceeds-order');
    expect(ship(order).items).toEqual(items([BIG, 1], [SMALL, 2]));
    expect([order.status, typesOf(order)]).toEqual(['fulfilled', ['order-fulfilled']]);
    expectRefused(order, () => ship(order), 'shipment-exceeds-order');
    expectRefused(order, () => ship(order, [BIG, 1]), 'shipment-exceeds-order');
    expect(order.shipments.map((shipment) => shipment.items.length)).toEqual([1, 2]);
  });

  it('ships a disputed order only by force', () => {
    const order = aPaidOrder();
    order.dispute(true, AT);
    expectRefused(order, () => ship(order), 'order-disputed');
    order.ship(parcel, true, AT);
    expect(order.status).toBe('fulfilled');
  });

  it.each([
    ['paid', aPaidOrder],
    ['fulfilled', aShippedOrder],
  ])('refunds amounts, never more than was paid: %s', (status, make) => {
    const order = make();
    expect(refund(order, '20.00')).toEqual([]);
    expectRefused(order, () => refund(order, '12.01'), 'refund-too-large');
    expectRefused(order, () => refund(order, '0.00'), 'nothing-to-refund');
    expect(order.refunded.toView().amount).toBe('20.00');
    order.takeEvents();
    expect(refund(order)).toEqual(status === 'paid' ? items([BIG, 3], [SMALL, 2]) : []);
    expect([order.refunded.toView().amount, order.status]).toEqual(['32.00', status === 'paid' ? 'canceled' : status]);
    expect(() => refund(order, '0.01')).toThrow(status === 'paid' ? OrderNotRefundable : RefundTooLarge);
    expect(() => refund(order)).toThrow(status === 'paid' ? OrderNotRefundable : NothingToRefund);
  });

  it.each<[boolean | undefined, boolean]>([
    [undefined, false],
    [true, false],
    [false, true],
  ])('in full before anything left, with restock %s, is canceled', (restock, isKept) => {
    const order = aPaidOrder();
    const back = items([BIG, 3], [SMALL, 2]);
    expect(refund(order, '32.00', restock)).toEqual(isKept ? [] : back);
    expect(order).toMatchObject({ status: 'canceled', stockKept: isKept });
    expect(order.takeEvents()).toMatchObject([
      { type: 'ordering.refund-requested', amount: { amount: '32.00' } },
      { type: 'ordering.order-canceled', restocked: isKept ? [] : back, refunded: true },
    ]);
  });

  it.each<[string, () => Order, string | undefined, boolean]>([
    ['paid', aPaidOrder, '31.99', true],
    ['paid', aPaidOrder, '31.99', false],
    ['fulfilled', aShippedOrder, undefined, true],
    ['fulfilled', aShippedOrder, undefined, false],
    ['fulfilled', aShippedOrder, '0.01', false],
  ])('refuses a restock that has no effect, and changes nothing: %s', (_status, make, amount, restock) => {
    const order = make();
    expectRefused(order, () => refund(order, amount, restock), 'restock-without-effect');
  });

  it('ends an order that cost nothing by a refund of nothing, but not once it has left', () => {
    const free = anOrder(line('0.00'));
    expect([refund(free), free.status]).toEqual([items(['p-0.00', 1]), 'canceled']);
    const gone = anOrder(line('0.00'));
    ship(gone);
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

  describe('by units', () => {
    it('takes those first that have not left, and puts them back to stock unless told otherwise', () => {
      const order = aPaidOrder();
      ship(order, [BIG, 1]);
      expect(refundUnits(order, [BIG, 1], [SMALL, 1, false])).toEqual(items([BIG, 1]));
      expect([order.refunded.toView().amount, countsOf(order)]).toEqual(['11.00', ['1 1 0 0 1', '0 1 0 0 0']]);
      expect(order.takeEvents()).toMatchObject([
        { type: 'ordering.refund-requested', amount: { amount: '11.00' } },
        {
          type: 'ordering.units-withdrawn',
          items: [
            { productId: BIG, quantity: 1, restocked: 1 },
            { productId: SMALL, quantity: 1, restocked: 0 },
          ],
        },
      ]);
      expect(refundUnits(order, [BIG, 2])).toEqual(items([BIG, 1]));
      expect(countsOf(order)[0]).toBe('1 2 1 0 2');
      expectRefused(order, () => refundUnits(order, [BIG, 1]), 'refund-exceeds-order');
      ship(order);
      expect([order.status, countsOf(order)]).toEqual(['fulfilled', ['1 2 1 0 2', '1 1 0 0 0']]);
    });

    it('restocks nothing that has left', () => {
      const order = aPaidOrder();
      ship(order, [BIG, 2]);
      expectRefused(order, () => refundUnits(order, [BIG, 2, true]), 'restock-without-effect');
      expect(refundUnits(order, [BIG, 1, true])).toEqual(items([BIG, 1]));
    });

    it('fulfils an order of which something has left when nothing is left to ship', () => {
      const order = aPaidOrder();
      ship(order, [BIG, 1]);
      refundUnits(order, [BIG, 2], [SMALL, 2]);
      expect([order.status, typesOf(order)]).toEqual([
        'fulfilled',
        ['refund-requested', 'units-withdrawn', 'order-fulfilled'],
      ]);
    });

    it('cancels an order when all units are refunded before anything left, with all that is left of the money', () => {
      const order = aPaidOrder();
      refund(order, '1.50');
      refundUnits(order, [BIG, 3]);
      expect(order.refunded.toView().amount).toBe('31.50');
      order.takeEvents();
      expect(refundUnits(order, [SMALL, 2, false])).toEqual([]);
      expect([order.status, order.refunded.toView().amount]).toEqual(['canceled', '32.00']);
      expect(order.takeEvents()).toMatchObject([
        { type: 'ordering.refund-requested', amount: { amount: '0.50' } },
        { type: 'ordering.order-canceled', restocked: [], refunded: true },
      ]);
    });

    it('leaves nothing to ship that is not paid for any more', () => {
      const order = aPaidOrder();
      ship(order, [SMALL, 1]);
      refund(order, '22.00');
      expect(refundUnits(order, [BIG, 1])).toEqual(items([BIG, 3], [SMALL, 1]));
      expect([order.status, order.refunded.toView().amount]).toEqual(['fulfilled', '32.00']);
      expect(countsOf(order)).toEqual(['0 3 0 0 3', '1 1 1 0 1']);
    });

    it('pays at most what is left of the money', () => {
      const order = aPaidOrder();
      refund(order, '25.00');
      expectRefused(order, () => refundUnits(order, [BIG, 1]), 'refund-too-large');
      refundUnits(order, [SMALL, 1]);
      expect(order.refunded.toView().amount).toBe('26.00');
    });

    it('takes units out of an order that cost nothing', () => {
      const order = anOrder(line('0.00', 2));
      expect(refundUnits(order, ['p-0.00', 1])).toEqual(items(['p-0.00', 1]));
      expect(order.status).toBe('paid');
      refundUnits(order, ['p-0.00', 1]);
      expect(order.status).toBe('canceled');
    });

    it.each([
      ['its share of the tax', false, ['10.34', '10.33', '10.33'], '35.50'],
      ['the price that contains it', true, ['10.00', '10.00', '10.00'], '33.00'],
    ])('gives back %s, and shipping with the last unit of all', (_what, taxInclusive, parts, total) => {
      const taxOf = { '30.00': '1.00', '1.00': '1.00', '2.00': '0.50' } as Record<string, string>;
      const terms = {
        ...{ ...NO_TERMS, taxInclusive, shippingFor: () => money('2.00') },
        taxOn: (amount: Money) => money(taxOf[amount.toView().amount]),
      };
      const placed = () => {
        const lines = [line('10.00', 3), line('1.00')];
        const order = Order.place({ id: 'o1', customerId: 'c1', lines, terms, at: AT });
        order.pay('acme', AT);
        return order;
      };
      const order = placed();
      expect(order.total.toView().amount).toBe(total);
      ship(order, [SMALL, 1]);
      const paid = parts.map(() => {
        const before = order.refunded.thousandths;
        refundUnits(order, [BIG, 1]);
        return Money.of(order.refunded.thousandths - before, 'GBP').toView().amount;
      });
      expect([...paid].sort()).toEqual([...parts].sort());
      const whole = placed();
      refundUnits(whole, [BIG, 3], [SMALL, 1]);
      expect([whole.status, whole.refunded.toView().amount]).toEqual(['canceled', total]);
    });

    it('refuses what is not in the order, and an amount beside units', () => {
      const order = aPaidOrder();
      expectRefused(order, () => refundUnits(order, ['unknown', 1]), 'refund-exceeds-order');
      expectRefused(order, () => refundUnits(order, [BIG, 2], [BIG, 2]), 'refund-exceeds-order');
      const both = { id: 'r1', items: items([BIG, 1]), amount: money('1.00'), reason: 'broken' };
      expectRefused(order, () => order.refund(both, AT), 'refund-by-amount-and-items');
      const twice = { id: 'r1', items: items([BIG, 1]), restock: true, reason: 'broken' };
      expectRefused(order, () => order.refund(twice, AT), 'restock-without-effect');
    });
  });

  describe('when goods come back', () => {
    const DAY = 86_400_000;
    const aReturn = (quantity: number, id = 'x1', productId = BIG) => ({
      ...{ id, status: 'requested' as const, reason: 'too small', requestedAt: AT.toISOString() },
      items: [{ productId, quantity, restocked: 0, writtenOff: 0 }],
    });
    const request = (order: Order, quantity: number, id?: string, at = AT) =>
      order.requestReturn(aReturn(quantity, id), 30 * DAY, at);
    const receive = (order: Order, restocked: number, writtenOff: number, amount?: string, id?: string) => {
      const received = { ...aReturn(3, id), status: 'received' as const };
      received.items = [{ ...received.items[0], restocked, writtenOff }];
      return order.takeBack(received, { id: 'r2', amount: amount === undefined ? undefined : money(amount) }, AT);
    };

    it('allows what has left, is not back and is not asked for by another return', () => {
      const order = aPaidOrder();
      expectRefused(order, () => request(order, 1), 'return-exceeds-shipment');
      ship(order, [BIG, 2]);
      expectRefused(order, () => request(order, 3), 'return-exceeds-shipment');
      request(order, 1);
      expectRefused(order, () => request(order, 2, 'x2'), 'return-exceeds-shipment');
      request(order, 1, 'x2');
      order.showReturn({ ...aReturn(1), status: 'rejected', rejectReason: 'worn' }, AT);
      request(order, 1, 'x3');
      expect(order.returns.map(({ id, status }) => [id, status])).toEqual([
        ['x1', 'rejected'],
        ['x2', 'requested'],
        ['x3', 'requested'],
      ]);
    });

    it('ends with the window after the last shipment', () => {
      const order = aShippedOrder();
      request(order, 1, 'x1', new Date(AT.getTime() + 30 * DAY));
      const late = new Date(AT.getTime() + 30 * DAY + 1);
      expectRefused(order, () => request(order, 1, 'x2', late), 'return-window-over');
    });

    it('pays for what came, and asks for the missing units again', () => {
      const order = aShippedOrder();
      request(order, 3);
      expect(receive(order, 1, 1)).toEqual({ amount: money('20.00'), restocked: [] });
      expect([order.refunded.toView().amount, countsOf(order)[0]]).toEqual(['20.00', '3 0 2 2 1']);
      request(order, 1, 'x2');
      expectRefused(order, () => request(order, 1, 'x3'), 'return-exceeds-shipment');
    });

    it.each<[what: string, refunded: number, amount: string | undefined, paid: string, counts: string]>([
      ['units that were refunded before count first', 1, undefined, '10.00', '3 0 2 2 2'],
      ['all of them', 3, undefined, '0.00', '3 0 3 2 2'],
      ['unless an admin says what to pay', 1, '15.00', '15.00', '3 0 3 2 2'],
      ['or that nothing is to be paid', 0, '0.00', '0.00', '3 0 2 2 2'],
    ])('pays no unit twice: %s', (_what, refunded, amount, paid, counts) => {
      const order = aShippedOrder();
      if (refunded) refundUnits(order, [BIG, refunded]);
      const before = order.refunded.thousandths;
      request(order, 2);
      expect(receive(order, 2, 0, amount).amount.toView().amount).toBe(paid);
      expect([order.refunded.thousandths - before, countsOf(order)[0]]).toEqual([money(paid).thousandths, counts]);
      order.takeEvents();
      const unsettled = 3 - order.lines[0].settled;
      expectRefused(order, () => refundUnits(order, [BIG, unsettled + 1]), 'refund-exceeds-order');
    });

    it('pays at most what is left of the money', () => {
      const order = aShippedOrder();
      refund(order, '25.00');
      request(order, 2);
      order.takeEvents();
      expect(() => receive(aShippedOrder(), 1, 0, '32.01')).toThrow(RefundTooLarge);
      expect(receive(order, 1, 0).amount.toView().amount).toBe('7.00');
      expect(order.refunded.toView().amount).toBe('32.00');
    });

    it('ships nothing more once all the money is back', () => {
      const order = aPaidOrder();
      ship(order, [BIG, 1]);
      request(order, 1);
      expect(receive(order, 1, 0, '32.00').restocked).toEqual(items([BIG, 2], [SMALL, 2]));
      expect([order.status, countsOf(order)]).toEqual(['fulfilled', ['1 2 1 1 3', '0 2 0 0 2']]);
    });
  });
});
