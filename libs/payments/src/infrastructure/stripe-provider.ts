import { type Clock, digitsOf, Money } from '@holdfast/shared-kernel';
import { requestContext } from '@holdfast/platform';
import Stripe from 'stripe';
import { z } from 'zod';
import type { PaymentsSettings } from '../payments.settings';
import {
  type Charge,
  type ChargeState,
  type DisputeNotice,
  type Notice,
  PaymentProvider,
  ProviderUnavailable,
  type RefundOrder,
  type RefundState,
} from '../domain/payment-provider';
import { AmountNotCollectable, WebhookMalformed } from '../domain/payments.errors';
import { canCount, ensureSigned, errorOfStatus, isNotConnected, readAs, readJson } from './provider-http';

const envelope = z.looseObject({
  id: z.string().min(1).max(255),
  type: z.string(),
  data: z.looseObject({ object: z.looseObject({}) }),
});

/** Stripe's digits where they differ from ISO 4217 (docs.stripe.com/currencies, "Special cases"). */
const EXCEPTIONS: Record<string, number> = { ISK: 2, UGX: 2, MGA: 0 };
/** The largest amount, of twelve digits, in Stripe's units. */
const LARGEST = 999_999_999_999n;

/** How many of Stripe's units one of the currency has, as a power of ten. */
const stripeDigitsOf = (currency: string): number => EXCEPTIONS[currency] ?? digitsOf(currency) ?? 2;

/** The amount as Stripe counts it. Throws {@link AmountNotCollectable} for one that Stripe could only round. */
export function stripeUnitsOf(amount: Money): number {
  const digits = stripeDigitsOf(amount.currency);
  const perUnit = 10n ** BigInt(3 - digits);
  // Stripe counts three digits, and takes only amounts whose last digit is zero.
  const step = digits === 3 ? 10n : perUnit;
  const units = amount.thousandths / perUnit;
  if (amount.thousandths % step !== 0n || units > LARGEST) throw new AmountNotCollectable('stripe', amount);
  return Number(units);
}

/** The money that Stripe's integer stands for. `currency` in any case. */
export function moneyOfStripe(units: number, currency: string): Money {
  const code = currency.toUpperCase();
  return Money.of(BigInt(units) * 10n ** BigInt(3 - stripeDigitsOf(code)), code);
}

/** Stripe by PaymentIntents: the customer's app confirms with the client secret, webhooks report the outcome. */
export class StripeProvider extends PaymentProvider {
  readonly name = 'stripe';
  readonly isInUse: boolean;
  readonly hasWebhooks: boolean;
  private readonly stripe: Stripe;

  constructor(
    private readonly settings: PaymentsSettings,
    private readonly clock: Clock,
  ) {
    super();
    this.isInUse = this.hasWebhooks = settings.STRIPE_SECRET_KEY !== undefined;
    const { protocol, hostname, port } = new URL(settings.STRIPE_API_URL);
    this.stripe = new Stripe(settings.STRIPE_SECRET_KEY ?? 'not-in-use', {
      host: hostname,
      port: port || (protocol === 'http:' ? 80 : 443),
      protocol: protocol === 'http:' ? 'http' : 'https',
      timeout: settings.PAYMENT_CALL_TIMEOUT,
      httpClient: clientWithRequestIds(),
      // Retries are the caller's: they may outlive this process.
      maxNetworkRetries: 0,
      telemetry: false,
    });
  }

  takes(amount: Money): boolean {
    return canCount(stripeUnitsOf, amount);
  }

  async start(charge: Charge): Promise<ChargeState> {
    return this.calling(async () => stateOf(await this.intent(charge)));
  }

  /** Without a reference, creates the intent or finds it by its idempotency key: Stripe has no search by that key. */
  async ask(charge: Charge): Promise<ChargeState | undefined> {
    const { reference } = charge;
    return this.calling(async () => {
      try {
        return stateOf(await (reference ? this.stripe.paymentIntents.retrieve(reference) : this.intent(charge)));
      } catch (error) {
        if (isMissing(error, reference)) return undefined;
        throw error;
      }
    });
  }

  async void(charge: Charge): Promise<ChargeState> {
    return this.calling(async () => {
      let id = charge.reference;
      try {
        id ??= (await this.intent(charge)).id;
        return stateOf(await this.stripe.paymentIntents.cancel(id));
      } catch (error) {
        if (isMissing(error, id)) return { status: 'voided', reference: id, reason: 'unknown to the provider' };
        if (!id || !(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
        // Canceled or captured already, or not cancelable now.
        return stateOf(await this.stripe.paymentIntents.retrieve(id));
      }
    });
  }

  async refund({ key, charge, amount, reference }: RefundOrder): Promise<RefundState> {
    return this.calling(async () => {
      if (reference) return refundStateOf(await this.stripe.refunds.retrieve(reference));
      const payment_intent = charge.reference ?? (await this.intent(charge)).id;
      const metadata = { orderId: charge.orderId, refundId: key };
      try {
        const refund = { payment_intent, amount: stripeUnitsOf(amount), metadata };
        return refundStateOf(await this.stripe.refunds.create(refund, { idempotencyKey: key }));
      } catch (error) {
        if (codeOf(error) === 'charge_already_refunded') return { status: 'succeeded', reference: null };
        throw error;
      }
    });
  }

  async readNotice(body: Buffer, headers: Readonly<Record<string, unknown>>): Promise<Notice | undefined> {
    ensureSigned(body, headers['stripe-signature'], this.settings.STRIPE_WEBHOOK_SECRETS, this.clock.now());
    const event = readAs(envelope, readJson(body));
    try {
      return noticeOf(event as unknown as Stripe.Event);
    } catch (error) {
      throw error instanceof TypeError ? new WebhookMalformed('The body is not an event of Stripe.') : error;
    }
  }

  private intent({ key, orderId, amount }: Charge): Promise<Stripe.PaymentIntent> {
    const metadata = { orderId, paymentId: key };
    const currency = amount.currency.toLowerCase();
    return this.stripe.paymentIntents.create(
      { amount: stripeUnitsOf(amount), currency, metadata, automatic_payment_methods: { enabled: true } },
      { idempotencyKey: key },
    );
  }

  /** Separates a refusal from an outage. After a lost connection, a timeout or a 5xx the effect is unknown. */
  private async calling<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeError)) throw error;
      const { statusCode: status = 0, detail, code, message } = error;
      if (isNotConnected((detail as { code?: string } | undefined)?.code))
        throw new ProviderUnavailable(this.name, message);
      throw errorOfStatus(this.name, status, code ?? message) ?? error;
    }
  }
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Stripe.errors.StripeError ? error.code : undefined;

/** Whether there is no such intent. An existing one is returned for its key, so a refused creation proves it absent. */
const isMissing = (error: unknown, reference: string | null): boolean =>
  codeOf(error) === 'resource_missing' ||
  (!reference && (error instanceof Stripe.errors.StripeInvalidRequestError || error instanceof AmountNotCollectable));

/** Sends the request id of the call's context as `x-request-id`. */
function clientWithRequestIds(): ReturnType<typeof Stripe.createNodeHttpClient> {
  const client = Stripe.createNodeHttpClient();
  const makeRequest = client.makeRequest.bind(client);
  client.makeRequest = (host, port, path, method, headers, ...rest) => {
    const { requestId } = requestContext.getStore() ?? {};
    const allHeaders = requestId ? { ...headers, 'x-request-id': requestId } : headers;
    return makeRequest(host, port, path, method, allHeaders, ...rest);
  };
  return client;
}

/** The notice of an event; undefined for a type that is not used, and for what belongs to no PaymentIntent. */
function noticeOf(event: Stripe.Event): Notice | undefined {
  const { id, type } = event;
  switch (event.type) {
    case 'payment_intent.processing':
    case 'payment_intent.succeeded':
    case 'payment_intent.canceled': {
      const { object: intent } = event.data;
      return { id, type, ...chargeOf(intent), news: { about: 'charge', state: stateOf(intent) } };
    }
    case 'payment_intent.payment_failed': {
      const { object: intent } = event.data;
      const reason = intent.last_payment_error?.code ?? 'declined';
      return { id, type, ...chargeOf(intent), news: { about: 'attempt-failed', state: stateOf(intent), reason } };
    }
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed':
    case 'charge.refund.updated': {
      const { object: refund } = event.data;
      const amount = moneyOfStripe(refund.amount, refund.currency);
      const news = { ...refundStateOf(refund), key: refund.metadata?.['refundId'], amount };
      return ofIntent(refund, (reference) => ({ id, type, reference, news: { about: 'refund', refund: news } }));
    }
    case 'charge.refunded': {
      const { object: charge } = event.data;
      const total = moneyOfStripe(charge.amount_refunded, charge.currency);
      return ofIntent(charge, (reference) => ({ id, type, reference, news: { about: 'refund-total', total } }));
    }
    case 'charge.dispute.created':
    case 'charge.dispute.updated':
    case 'charge.dispute.closed': {
      const { object } = event.data;
      const dispute = { reference: object.id, status: disputeStatusOf(object.status) };
      return ofIntent(object, (reference) => ({ id, type, reference, news: { about: 'dispute', dispute } }));
    }
    default:
      return undefined;
  }
}

const chargeOf = ({ id: reference, metadata: { paymentId: key, orderId } }: Stripe.PaymentIntent) => ({
  ...{ reference, key, orderId },
});

function ofIntent(
  { payment_intent: intent }: { payment_intent: string | Stripe.PaymentIntent | null },
  noticeOfIntent: (reference: string) => Notice,
): Notice | undefined {
  const reference = typeof intent === 'string' ? intent : intent?.id;
  return reference === undefined ? undefined : noticeOfIntent(reference);
}

function stateOf(intent: Stripe.PaymentIntent): ChargeState {
  const { id: reference, status, currency, amount_received, client_secret } = intent;
  switch (status) {
    case 'succeeded':
      return { status: 'captured', reference, captured: moneyOfStripe(amount_received, currency) };
    case 'canceled':
      return { status: 'voided', reference, reason: 'canceled at the provider' };
    case 'processing':
      return { status: 'processing', reference, clientSecret: client_secret };
    default:
      return { status: 'pending', reference, clientSecret: client_secret };
  }
}

function refundStateOf({ id: reference, status, failure_reason }: Stripe.Refund): RefundState {
  switch (status) {
    case 'succeeded':
      return { status: 'succeeded', reference };
    case 'failed':
    case 'canceled':
      return { status: 'failed', reference, reason: failure_reason ?? status };
    default:
      return { status: 'pending', reference };
  }
}

function disputeStatusOf(status: Stripe.Dispute.Status): DisputeNotice['status'] {
  if (status === 'won' || status === 'warning_closed') return 'won';
  return status === 'lost' ? 'lost' : 'open';
}
