import { PaymentsSettings } from '@holdfast/payments';
import { loadSettings } from '@holdfast/platform';
import { CURRENCIES, digitsOf, Money, newId } from '@holdfast/shared-kernel';
import { type Charge, ProviderRefusal } from '../../../libs/payments/src/domain/payment-provider';
import { ConfiguredProviders } from '../../../libs/payments/src/infrastructure/guarded-provider';
import { testEnvironment } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { PaymentShop, type PlacedOrder } from '../../support/payment-shop';
import { PayPalStub } from '../../support/paypal-stub';
import { StripeStub } from '../../support/stripe-stub';

const SIMULATOR = { PAYMENT_SIMULATOR_URL: 'http://127.0.0.1:4010' };
const STRIPE = { STRIPE_SECRET_KEY: 'sk_test_stub', STRIPE_WEBHOOK_SECRETS: StripeStub.SECRETS[0] };
const PAYPAL = { PAYPAL_CLIENT_ID: 'client', PAYPAL_CLIENT_SECRET: 'of-the-tests', PAYPAL_WEBHOOK_ID: 'WH-1' };

const providersWith = (environment: NodeJS.ProcessEnv) => {
  const base = { ...testEnvironment('postgres://app@db/x'), PAYMENT_PROVIDERS: '' };
  const settings = new PaymentsSettings(loadSettings({ ...base, ...environment }));
  return new ConfiguredProviders(settings, { now: () => new Date() });
};

describe('the payment providers that exist', () => {
  it.each<[string, NodeJS.ProcessEnv, string[], string[]]>([
    ['none named, nothing set', {}, [], []],
    ['none named, the simulator set', SIMULATOR, [], []],
    ['none named, Stripe set', STRIPE, [], ['stripe']],
    ['none named, PayPal set', PAYPAL, [], ['paypal']],
    ['the simulator named, without a URL', { PAYMENT_PROVIDERS: 'simulator' }, [], ['simulator']],
    ['the simulator named', { PAYMENT_PROVIDERS: 'simulator', ...SIMULATOR }, ['simulator'], ['simulator']],
    [
      'PayPal named, the simulator set',
      { PAYMENT_PROVIDERS: 'paypal', ...PAYPAL, ...SIMULATOR },
      ['paypal'],
      ['paypal'],
    ],
    [
      'PayPal named, after Stripe was',
      { PAYMENT_PROVIDERS: 'paypal', ...STRIPE, ...PAYPAL },
      ['paypal'],
      ['paypal', 'stripe'],
    ],
    [
      'all named',
      { PAYMENT_PROVIDERS: 'simulator,paypal,stripe', ...STRIPE, ...PAYPAL, ...SIMULATOR },
      ['simulator', 'paypal', 'stripe'],
      ['simulator', 'paypal', 'stripe'],
    ],
  ])('%s', (_name, environment, asked, heard) => {
    for (const NODE_ENV of ['development', 'test', undefined]) {
      const providers = providersWith({ NODE_ENV, ...environment });
      expect(providers.inOrder).toEqual(asked);
      expect(['simulator', 'paypal', 'stripe'].filter((name) => providers.named(name).hasWebhooks)).toEqual(heard);
    }
  });
});

/** What the customer does at the provider, and what the provider then sends us. */
interface Played {
  environment: NodeJS.ProcessEnv;
  /** The amount that the provider was asked for, as it writes it. */
  asked(orderId: string): string | undefined;
  /** The amount of the provider's last refund, as it writes it. */
  refunded(): string;
  pay(orderId: string): object;
  signed(text: string): Record<string, string>;
  /** How often the customer was charged. */
  charges(orderId: string): number;
  next: StripeStub['next'] | PayPalStub['next'];
  close(): void;
}

async function playedStripe(): Promise<Played> {
  const stub = await StripeStub.start();
  return {
    environment: stub.environment,
    asked: (orderId) => stub.intentOf(orderId) && String(stub.intentOf(orderId)!.amount),
    refunded: () => String(stub.refunds.at(-1)!.amount),
    pay: (orderId) => {
      const intent = stub.intentOf(orderId)!;
      Object.assign(intent, { status: 'succeeded', amount_received: intent.amount });
      return stub.eventOf('payment_intent.succeeded', intent);
    },
    signed: (text) => stub.signed(text),
    charges: (orderId) =>
      [...stub.intents.values()].filter((each) => each.metadata['orderId'] === orderId && each.status === 'succeeded')
        .length,
    next: stub.next,
    close: () => stub.close(),
  };
}

async function playedPayPal(): Promise<Played> {
  const stub = await PayPalStub.start();
  return {
    environment: stub.environment,
    asked: (orderId) => stub.orderOf(orderId)?.purchase_units[0].amount.value,
    refunded: () => stub.refunds.at(-1)!.amount.value,
    pay: (orderId) => {
      const order = stub.orderOf(orderId)!;
      stub.approve(order);
      return stub.eventOf('CHECKOUT.ORDER.APPROVED', order);
    },
    signed: (text) => stub.signed(text),
    charges: (orderId) =>
      [...stub.orders.values()].filter(
        (each) => each.purchase_units[0].reference_id === orderId && stub.captureOf(each)?.status === 'COMPLETED',
      ).length,
    next: stub.next,
    close: () => stub.close(),
  };
}

const PLAYED = { stripe: playedStripe, paypal: playedPayPal };
type Name = keyof typeof PLAYED;

describe.each(['stripe', 'paypal'] as const)('%s, in every currency', (name) => {
  let played: Played;
  let providers: ConfiguredProviders;
  beforeAll(async () => {
    played = await PLAYED[name]();
    providers = providersWith({ PAYMENT_PROVIDERS: name, ...played.environment });
  });
  afterAll(() => played.close());

  /** Odd amounts in the smallest unit, and in whole. */
  const amountsIn = (currency: string) => [`1234567${['', '', '.89', '.891'][digitsOf(currency)!]}`, '1234567'];

  it.each(CURRENCIES.flatMap((currency) => amountsIn(currency).map((amount) => ({ amount, currency }))))(
    '$amount $currency is asked for, paid and given back exactly, or not asked for at all',
    async (view) => {
      const provider = providers.named(name);
      const amount = Money.parse(view);
      const begun: Charge = { key: newId(), provider: name, orderId: newId(), amount, reference: null };
      if (!provider.takes(amount)) {
        await expect(provider.start(begun)).rejects.toThrow(ProviderRefusal);
        expect(played.asked(begun.orderId)).toBeUndefined();
        return;
      }
      const { reference, status } = await provider.start(begun);
      expect(status).toBe('pending');
      played.pay(begun.orderId);
      const paid = await provider.ask({ ...begun, reference });
      expect(paid).toMatchObject({ status: 'captured' });
      expect(paid!.captured!.equals(amount)).toBe(true);
      const charge = { ...begun, reference: paid!.reference };
      const sent = await provider.refund({ key: newId(), charge, amount, reference: null });
      expect(sent.status).toBe('succeeded');
      expect(played.refunded()).toBe(played.asked(begun.orderId));
    },
  );
});

describe.each([
  ['stripe', 'paypal'],
  ['paypal', 'stripe'],
] as [Name, Name][])('%s before %s', (first, second) => {
  let played: Record<Name, Played>;
  let shop: PaymentShop;

  beforeAll(async () => {
    played = { stripe: await playedStripe(), paypal: await playedPayPal() };
    shop = await PaymentShop.open({
      ...{ ...played.stripe.environment, ...played.paypal.environment, PAYMENT_PROVIDERS: `${first},${second}` },
      ...{ PAYMENT_CALL_TIMEOUT: '2s', OUTBOX_RETRY_DELAYS: '50ms,50ms,50ms', PAYMENT_RECONCILE_AFTER: '1s' },
    });
  });
  afterAll(async () => {
    await shop.close();
    for (const each of Object.values(played)) each.close();
  });

  const becomes = (order: PlacedOrder, status: string) =>
    eventually(async () => {
      await shop.reconcile();
      expect((await order.now()).status).toBe(status);
    });
  const pay = (name: Name, orderId: string) => shop.receive(name, played[name].pay(orderId), played[name]);

  it.each<[string, (number | 'no answer')[], Name[]]>([
    ['answers', [], [first]],
    ['refuses', [400], [second]],
    ['lets us not in', [403], [second]],
    ['loses its answer', ['no answer'], [first, second]],
    ['answers 500 though asked', [500], [first, second]],
    ['loses its answer, and then answers 500', ['no answer', 500], [first, second]],
  ])('never two charges when the first %s', async (_name, fate, takers) => {
    played[first].next.push(...fate);
    const order = await shop.place();
    await becomes(order, 'payment_pending');
    played[first].next.length = 0;
    const { provider } = (await order.now()).payment!;
    expect(takers).toContain(provider);
    await pay(provider as Name, order.id);
    await becomes(order, 'paid');
    // A customer who still has the page of the other may pay there too: it is not captured, or is refunded.
    const other = provider === first ? second : first;
    if (other === 'paypal' && played.paypal.asked(order.id)) expect(await pay(other, order.id)).toBe('ignored');
    expect(played.stripe.charges(order.id) + played.paypal.charges(order.id)).toBe(1);
  });

  // These orders are left unpaid, and their inquiries would take the fates above.
  it.each<[string, string, Name | undefined]>([
    ['10.00', 'GBP', first],
    ['10.01', 'HUF', 'stripe'],
    ['10', 'HUF', first],
    ['1.230', 'KWD', 'stripe'],
    ['1.231', 'KWD', undefined],
    ['0.001', 'BHD', undefined],
    ['2.01', 'MGA', undefined],
    ['0.00', 'TWD', undefined],
  ])(
    '%s %s is asked of one that takes it exactly, or refused before it takes stock',
    async (amount, currency, taker) => {
      const price = { amount, currency };
      if (!taker && amount !== '0.00') {
        const total = Money.parse(price).times(2).toView();
        const refusal = { code: 'total-not-payable', kind: 'invalid', details: { total } };
        await expect(shop.place(price)).rejects.toMatchObject(refusal);
        const [{ sold }] = await shop.database.query<{ sold: number }>(
          'SELECT sum(10 - on_hand)::int AS sold FROM catalog.products WHERE price = $1 AND currency = $2',
          [amount, currency],
        );
        expect(sold).toBe(0);
        return;
      }
      const { now, becomes, onHand } = await shop.place(price);
      await becomes(taker ? 'payment_pending' : 'paid');
      expect([(await now()).payment?.provider, await onHand()]).toEqual([taker, 8]);
    },
  );
});
