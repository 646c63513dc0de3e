import { generateKeyPairSync } from 'node:crypto';
import { PaymentRefunds, PaymentsSettings } from '@holdfast/payments';
import { loadSettings } from '@holdfast/platform';
import { Money, newId } from '@holdfast/shared-kernel';
import { PayPalProvider } from '../../../libs/payments/src/infrastructure/paypal-provider';
import { testEnvironment } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { PaymentShop } from '../../support/payment-shop';
import { PayPalStub, type StubbedOrder } from '../../support/paypal-stub';

describe('the webhooks of PayPal', () => {
  let stub: PayPalStub;
  let now: number;
  let provider: PayPalProvider;
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

  beforeAll(async () => {
    stub = await PayPalStub.start();
  });
  beforeEach(() => {
    now = Date.now();
    const environment = { ...testEnvironment('postgres://app@db/x'), ...stub.environment, PAYMENT_PROVIDERS: 'paypal' };
    const settings = new PaymentsSettings(loadSettings(environment));
    provider = new PayPalProvider(settings, { now: () => new Date(now) });
    stub.certificateFetches.length = 0;
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => stub.close());

  const body = JSON.stringify({ id: 'WH-1', event_type: 'IDENTITY.AUTHORIZATION-CONSENT.REVOKED', resource: {} });
  const read = (headers: Record<string, string>, text = body) => provider.readNotice(Buffer.from(text), headers);

  it.each<[string, (good: Record<string, string>) => Record<string, string>, string?]>([
    ['no headers', () => ({})],
    ['no signature', (good) => ({ ...good, 'paypal-transmission-sig': '' })],
    ['garbage for a signature', (good) => ({ ...good, 'paypal-transmission-sig': 'AAAA' })],
    ['a signature by another key', () => stub.signed(body, { key: foreign })],
    ['a signature for another webhook', () => stub.signed(body, { webhookId: 'another' })],
    ['another transmission', (good) => ({ ...good, 'paypal-transmission-id': newId() })],
    ['another time', (good) => ({ ...good, 'paypal-transmission-time': new Date(0).toISOString() })],
    ['another body', (good) => good, body.replace('WH-1', 'WH-2')],
    ['another algorithm', (good) => ({ ...good, 'paypal-auth-algo': 'SHA1withRSA' })],
    ['no certificate', (good) => ({ ...good, 'paypal-cert-url': '' })],
  ])('are refused with %s', async (_name, change, text = body) => {
    const refused = read(change(stub.signed(body)), text);
    await expect(refused).rejects.toMatchObject({ code: 'webhook-signature-invalid', kind: 'unauthenticated' });
  });

  it('are refused when another has signed them and names its own certificate, as valid as PayPal’s', async () => {
    const forger = await PayPalStub.start();
    const answer = await read(forger.signed(body)).catch((error: unknown) => error);
    forger.close();
    expect(answer).toMatchObject({ code: 'webhook-signature-invalid' });
    expect(forger.certificateFetches).toEqual([]);
  });

  it.each([
    'https://paypal.com.example/v1/notifications/certs/A',
    'https://notpaypal.com/v1/notifications/certs/A',
    'https://api.paypal.com@shop.example/v1/notifications/certs/A',
    'https://shop.example/.paypal.com/v1/notifications/certs/A',
    'http://api.paypal.com/v1/notifications/certs/A',
    'https://api.paypal.com/v2/checkout/orders/A',
    'https://api.paypal.com/v1/notifications/certs/../../A',
    'https://api.paypal.com/v1/notifications/certs/A/B',
    'no address',
  ])('are refused without a look at %s for their certificate', async (address) => {
    const fetching = jest.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('no address of PayPal’s'));
    const refused = read({ ...stub.signed(body), 'paypal-cert-url': address });
    await expect(refused).rejects.toMatchObject({ code: 'webhook-signature-invalid' });
    expect(fetching).not.toHaveBeenCalled();
  });

  it('are believed when they are signed, by a certificate that is fetched once', async () => {
    const threeAtOnce = () => Promise.all([1, 2, 3].map(() => read(stub.signed(body))));
    for (let times = 0; times < 2; times++) expect(await threeAtOnce()).toEqual([undefined, undefined, undefined]);
    expect(stub.certificateFetches).toHaveLength(1);
    await expect(read(stub.signed('{'), '{')).rejects.toMatchObject({ code: 'malformed-body' });
  });

  it('have unknown certificates fetched at most every 10 s, whatever they name', async () => {
    const naming = (id: number) => ({
      ...stub.signed(body, { key: foreign }),
      'paypal-cert-url': `${stub.url}/v1/notifications/certs/${id}`,
    });
    for (let id = 0; id < 20; id++) await expect(read(naming(id))).rejects.toThrow();
    expect(stub.certificateFetches).toHaveLength(1);
    now += 10_000;
    expect(await read(stub.signed(body))).toBeUndefined();
  });

  it('are refused when the certificate has expired', async () => {
    now = Date.parse('2050-01-02');
    await expect(read(stub.signed(body))).rejects.toMatchObject({ code: 'webhook-signature-invalid' });
  });

  const capture = {
    id: 'C-1',
    amount: { currency_code: 'GBP', value: '20.00' },
    supplementary_data: { related_ids: { order_id: 'O-1' } },
  };
  const key = newId();
  const refund = {
    id: 'R-1',
    amount: capture.amount,
    links: [{ rel: 'up', href: 'https://api.paypal.com/v2/payments/captures/C-1' }],
  };
  const dispute = { dispute_id: 'PP-D-1', disputed_transactions: [{ seller_transaction_id: 'C-1', custom: key }] };
  const paid = Money.parse({ amount: '20.00', currency: 'GBP' });
  it.each<[string, object, object | undefined]>([
    [
      'CHECKOUT.ORDER.APPROVED',
      { id: 'O-1', status: 'APPROVED', purchase_units: [{ custom_id: key }] },
      { key, reference: 'O-1', news: { about: 'approval' } },
    ],
    [
      'PAYMENT.CAPTURE.COMPLETED',
      { ...capture, status: 'COMPLETED', custom_id: key },
      {
        key,
        reference: 'O-1',
        news: { about: 'charge', state: { status: 'captured', reference: 'C-1', captured: paid } },
      },
    ],
    [
      'PAYMENT.CAPTURE.PENDING',
      { ...capture, status: 'PENDING', status_details: { reason: 'ECHECK' } },
      { reference: 'O-1', news: { about: 'charge', state: { status: 'processing' } } },
    ],
    [
      'PAYMENT.CAPTURE.DENIED',
      { ...capture, status: 'DECLINED' },
      { news: { about: 'charge', state: { status: 'declined', reference: 'O-1' } } },
    ],
    [
      'PAYMENT.CAPTURE.DECLINED',
      { ...capture, status: 'DECLINED' },
      { news: { state: { status: 'declined', reason: 'DECLINED' } } },
    ],
    [
      'PAYMENT.CAPTURE.REFUNDED',
      { ...refund, status: 'COMPLETED', custom_id: `${key}.r1` },
      {
        key,
        reference: 'C-1',
        news: { about: 'refund', refund: { status: 'succeeded', key: 'r1', reference: 'R-1', amount: paid } },
      },
    ],
    [
      'PAYMENT.CAPTURE.REFUNDED',
      { ...refund, status: 'COMPLETED', custom_id: key },
      { key, news: { about: 'refund', refund: { status: 'succeeded', key: undefined } } },
    ],
    ['PAYMENT.REFUND.PENDING', { ...refund, status: 'PENDING' }, { news: { refund: { status: 'pending' } } }],
    [
      'PAYMENT.REFUND.FAILED',
      { ...refund, status: 'FAILED' },
      { news: { refund: { status: 'failed', reason: 'FAILED' } } },
    ],
    [
      'PAYMENT.CAPTURE.REVERSED',
      { ...refund, status: 'COMPLETED' },
      { reference: 'C-1', news: { about: 'refund', refund: { status: 'succeeded' } } },
    ],
    [
      'CUSTOMER.DISPUTE.CREATED',
      { ...dispute, status: 'OPEN' },
      { key, reference: 'C-1', news: { about: 'dispute', dispute: { reference: 'PP-D-1', status: 'open' } } },
    ],
    ['CUSTOMER.DISPUTE.UPDATED', { ...dispute, status: 'UNDER_REVIEW' }, { news: { dispute: { status: 'open' } } }],
    ...['RESOLVED_SELLER_FAVOUR', 'RESOLVED_WITH_PAYOUT', 'CANCELED_BY_BUYER', 'DENIED'].map(
      (outcome_code): [string, object, object] => [
        'CUSTOMER.DISPUTE.RESOLVED',
        { ...dispute, status: 'RESOLVED', dispute_outcome: { outcome_code } },
        { news: { dispute: { status: 'won' } } },
      ],
    ),
    ...['RESOLVED_BUYER_FAVOUR', 'ACCEPTED', undefined].map((outcome_code): [string, object, object] => [
      'CUSTOMER.DISPUTE.RESOLVED',
      { ...dispute, status: 'RESOLVED', dispute_outcome: { outcome_code } },
      { news: { dispute: { status: 'lost' } } },
    ]),
    ['CUSTOMER.DISPUTE.CREATED', { dispute_id: 'PP-D-2', status: 'OPEN' }, undefined],
    ['CHECKOUT.ORDER.COMPLETED', {}, undefined],
  ])('%s is read: %j', async (type, resource, expected) => {
    const text = JSON.stringify(stub.eventOf(type, resource));
    const notice = await read(stub.signed(text), text);
    if (expected) expect(notice).toMatchObject({ type, ...expected });
    else expect(notice).toBeUndefined();
  });

  it('a capture that was reversed as a whole is read as the sum of its refunds', async () => {
    const text = JSON.stringify(stub.eventOf('PAYMENT.CAPTURE.REVERSED', { ...capture, status: 'REFUNDED' }));
    expect(await read(stub.signed(text), text)).toMatchObject({
      reference: 'C-1',
      news: { about: 'refund-total', total: paid },
    });
  });

  it.each<[string, object]>([
    ['PAYMENT.CAPTURE.COMPLETED', { status: 'COMPLETED' }],
    ['PAYMENT.CAPTURE.COMPLETED', { ...capture, status: 'COMPLETED', amount: { currency_code: 'GBP', value: '-1' } }],
    ['PAYMENT.CAPTURE.REFUNDED', { id: 'R-1', status: 'COMPLETED' }],
    ['CHECKOUT.ORDER.APPROVED', {}],
  ])('%s without what it needs is 400: %j', async (type, resource) => {
    const text = JSON.stringify(stub.eventOf(type, resource));
    await expect(read(stub.signed(text), text)).rejects.toMatchObject({ code: 'malformed-body' });
  });

  it('one access token serves all calls until it ends, is renewed when it was revoked, and is no charge when it cannot be had', async () => {
    const charge = { provider: 'paypal', orderId: newId(), amount: paid, reference: null };
    const begin = () => provider.start({ ...charge, key: newId() });
    const before = stub.tokens;
    await Promise.all([begin(), begin(), begin()]);
    expect(stub.tokens).toBe(before + 1);
    now += 32_300_000;
    await begin();
    expect(stub.tokens).toBe(before + 1);
    now += 100_000;
    await begin();
    expect(stub.tokens).toBe(before + 2);
    stub.tokens++; // as if PayPal had revoked it
    await begin();
    expect(stub.tokens).toBe(before + 4);
    now += 32_400_000;
    stub.isDown = true;
    await expect(begin()).rejects.toThrow('paypal is unavailable');
    stub.isDown = false;
    await begin();
  });
});

/** Through the services, on PostgreSQL, with PayPal's HTTP played by a stub. */
describe('a payment at PayPal', () => {
  let stub: PayPalStub;
  let shop: PaymentShop;

  beforeAll(async () => {
    stub = await PayPalStub.start();
    shop = await PaymentShop.open({
      ...{ ...stub.environment, PAYMENT_PROVIDERS: 'paypal', PAYMENT_RECONCILE_AFTER: '1s' },
    });
  });
  afterEach(() => {
    stub.isDown = false;
    stub.captureStatus = stub.refundStatus = 'COMPLETED';
  });
  afterAll(async () => {
    await shop.quiet();
    await shop.close();
    stub.close();
  });

  const aPendingOrder = async () => {
    const placed = await shop.placePending();
    return { ...placed, order: stub.orderOf(placed.id)! };
  };
  const report = (event: object) => shop.receive('paypal', event, stub);
  const approved = (order: StubbedOrder) => stub.eventOf('CHECKOUT.ORDER.APPROVED', order);
  const captured = (order: StubbedOrder, end = 'COMPLETED') =>
    stub.eventOf(`PAYMENT.CAPTURE.${end}`, { ...stub.captureOf(order), status: end === 'DENIED' ? 'DECLINED' : end });
  const aPaidOrder = async () => {
    const placed = await aPendingOrder();
    stub.approve(placed.order);
    expect(await report(approved(placed.order))).toBe('applied');
    return placed;
  };

  it('shows the page to approve it on, is captured once it is approved, and then shows it no more', async () => {
    const { order, now } = await aPendingOrder();
    const [{ href: approvalUrl }] = order.links;
    expect((await now()).payment).toEqual({ status: 'pending', provider: 'paypal', approvalUrl });
    stub.approve(order);
    expect(await report(approved(order))).toBe('applied');
    expect(await now()).toMatchObject({ status: 'paid', payment: { status: 'captured', provider: 'paypal' } });
    expect((await now()).payment).not.toHaveProperty('approvalUrl');
    expect(await report(captured(order))).toBe('ignored');
    const keys = stub.calls.filter(({ route }) => route.startsWith('POST')).map(({ key }) => key);
    expect(keys.slice(-2)).toEqual([order.purchase_units[0].custom_id, order.purchase_units[0].custom_id]);
  });

  it('is captured by an inquiry when no webhook comes', async () => {
    const { order, now } = await aPendingOrder();
    stub.approve(order);
    await eventually(async () => {
      await shop.reconcile();
      expect((await now()).status).toBe('paid');
    }, 30_000);
  });

  it.each<[string, PayPalStub['next']]>([
    ['loses the answer to the capture', ['answer', 'no answer']],
    ['answers 500 to the capture', ['answer', 500]],
    ['answers 500 to the inquiry', [500]],
  ])(
    'is captured once when PayPal %s',
    async (_name, fate) => {
      const { order, now } = await aPendingOrder();
      stub.approve(order);
      stub.next.push(...fate);
      expect(await report(approved(order))).toBe('ignored');
      await eventually(async () => {
        await shop.reconcile();
        expect((await now()).status).toBe('paid');
      }, 60_000);
      expect(order.purchase_units[0].payments?.captures).toMatchObject([{ status: 'COMPLETED' }]);
    },
    90_000,
  );

  it('lives on when the means of payment are declined, and is paid by others', async () => {
    const { order, now, onHand } = await aPendingOrder();
    stub.captureStatus = 'INSTRUMENT_DECLINED';
    stub.approve(order);
    expect(await report(approved(order))).toBe('applied');
    expect([(await now()).status, await onHand()]).toEqual(['payment_pending', 8]);
    stub.captureStatus = 'COMPLETED';
    stub.approve(order);
    expect(await report(approved(order))).toBe('applied');
    expect((await now()).status).toBe('paid');
  });

  it.each([
    ['COMPLETED', 'paid', 8],
    ['DENIED', 'canceled', 10],
  ])('that PayPal reviews is pending until it is %s', async (end, status, left) => {
    const { order, now, onHand } = await aPendingOrder();
    stub.captureStatus = 'PENDING';
    stub.approve(order);
    await report(approved(order));
    expect([(await now()).status, await onHand()]).toEqual(['payment_pending', 8]);
    await report(captured(order, 'PENDING'));
    expect(await report(captured(order, end))).toBe('applied');
    expect([(await now()).status, await onHand()]).toEqual([status, left]);
  });

  it('whose order is canceled is not captured, although the customer approves it', async () => {
    const { id, order, now } = await aPendingOrder();
    await shop.cancel(id);
    await shop.quiet();
    stub.approve(order);
    expect(await report(approved(order))).toBe('ignored');
    await shop.reconcile();
    expect([(await now()).status, stub.captureOf(order)]).toEqual(['canceled', undefined]);
  });

  describe('its refund', () => {
    const shows = (placed: Awaited<ReturnType<typeof aPaidOrder>>, status: string) =>
      eventually(async () => expect((await placed.now()).payment?.status).toBe(status), 30_000);

    it('is sent under its own key, and its webhook is known by it', async () => {
      const placed = await aPaidOrder();
      await shop.refund(placed.id, '7.50');
      await shows(placed, 'partially_refunded');
      const [{ id }] = await shop.refundsOf(placed.id);
      const sent = stub.refunds.at(-1)!;
      expect(sent).toMatchObject({
        amount: { value: '7.50' },
        custom_id: `${placed.order.purchase_units[0].custom_id}.${id}`,
      });
      expect(stub.calls.at(-1)).toMatchObject({ key: id });
      expect(await report(stub.eventOf('PAYMENT.CAPTURE.REFUNDED', sent))).toBe('ignored');
      expect(await shop.refundsOf(placed.id)).toHaveLength(1);
    });

    it.each([
      ['COMPLETED', 'refunded'],
      ['FAILED', 'captured'],
    ])('is pending until it is %s', async (end, shown) => {
      const placed = await aPaidOrder();
      stub.refundStatus = 'PENDING';
      await shop.refund(placed.id);
      await eventually(async () => expect(await shop.refundsOf(placed.id)).toMatchObject([{ status: 'pending' }]));
      expect((await placed.now()).payment?.status).toBe('captured');
      stub.refunds.at(-1)!.status = end;
      const type = end === 'FAILED' ? 'PAYMENT.REFUND.FAILED' : 'PAYMENT.CAPTURE.REFUNDED';
      expect(await report(stub.eventOf(type, stub.refunds.at(-1)!))).toBe('applied');
      await shows(placed, shown);
    });

    it('that PayPal refuses is shown as failed, and is sent under a new key by a retry', async () => {
      const placed = await aPaidOrder();
      stub.refundStatus = 'REFUND_NOT_ALLOWED';
      await shop.refund(placed.id);
      await eventually(async () => expect(await shop.refundsOf(placed.id)).toMatchObject([{ status: 'failed' }]));
      stub.refundStatus = 'COMPLETED';
      const [{ id }] = await shop.refundsOf(placed.id);
      await shop.module.get(PaymentRefunds).retry(id);
      await shows(placed, 'refunded');
      expect(stub.calls.at(-1)).toMatchObject({ key: `${id}-1` });
    });

    it('of what was refunded on PayPal’s site already ends as sent', async () => {
      const placed = await aPaidOrder();
      stub.refundOnSite(placed.order, '20.00');
      stub.refundStatus = 'CAPTURE_FULLY_REFUNDED';
      await shop.refund(placed.id);
      await shows(placed, 'refunded');
    });
  });

  it.each([
    ['RESOLVED_SELLER_FAVOUR', false],
    ['RESOLVED_BUYER_FAVOUR', true],
  ])('that is disputed shows it until it is %s', async (outcome_code, disputed) => {
    const { order, now } = await aPaidOrder();
    const transactions = [{ seller_transaction_id: stub.captureOf(order)!.id }];
    const dispute = { dispute_id: `PP-D-${newId()}`, status: 'OPEN', disputed_transactions: transactions };
    expect(await report(stub.eventOf('CUSTOMER.DISPUTE.CREATED', dispute))).toBe('applied');
    await shop.quiet();
    expect((await now()).disputed).toBe(true);
    const end = { ...dispute, status: 'RESOLVED', dispute_outcome: { outcome_code } };
    expect(await report(stub.eventOf('CUSTOMER.DISPUTE.RESOLVED', end))).toBe('applied');
    await shop.quiet();
    expect((await now()).disputed).toBe(disputed);
  });
});
