import type { Clock } from '@holdfast/shared-kernel';
import { problems } from '@holdfast/platform';
import Stripe from 'stripe';
import type { PaymentsSettings } from '../payments.settings';
import { WebhookSignatureInvalid } from '../application/payment-webhooks.service';
import {
  type Charge,
  type ChargeState,
  type Notice,
  PaymentProvider,
  ProviderRefusal,
  type RefundOrder,
} from '../domain/payment-provider';
import { isRecent, readSignature, TOLERANCE } from './webhook-signature';
import { AmountNotCollectable } from '../domain/payments.errors';
import { moneyOfStripe, stripeUnitsOf } from './stripe-amounts';

/** Stripe by PaymentIntents: the customer's app confirms with the client secret, webhooks tell what came of it. */
export class StripeProvider extends PaymentProvider {
  readonly name = 'stripe';
  readonly isInUse: boolean;
  private readonly stripe: Stripe;

  constructor(
    private readonly settings: PaymentsSettings,
    private readonly clock: Clock,
  ) {
    super();
    this.isInUse = settings.STRIPE_SECRET_KEY !== undefined;
    const { protocol, hostname, port } = new URL(settings.STRIPE_API_URL);
    this.stripe = new Stripe(settings.STRIPE_SECRET_KEY ?? 'not-in-use', {
      ...{
        host: hostname,
        port: port || (protocol === 'http:' ? 80 : 443),
        protocol: protocol === 'http:' ? 'http' : 'https',
      },
      timeout: settings.PAYMENT_CALL_TIMEOUT,
      // Repetitions are ours: they may outlive this process.
      maxNetworkRetries: 0,
      telemetry: false,
    });
  }

  async start(charge: Charge): Promise<ChargeState> {
    return this.calling(async () => stateOf(await this.intent(charge)));
  }

  /** Stripe finds nothing by our key, but asked again under it, it answers as the first time. */
  async ask(charge: Charge): Promise<ChargeState | undefined> {
    const { reference } = charge;
    return reference
      ? this.calling(async () => stateOf(await this.stripe.paymentIntents.retrieve(reference)))
      : this.start(charge);
  }

  async void(charge: Charge): Promise<ChargeState> {
    return this.calling(async () => {
      const id = charge.reference ?? (await this.intent(charge)).id;
      try {
        return stateOf(await this.stripe.paymentIntents.cancel(id));
      } catch (error) {
        // Canceled already, or captured: what it is now tells.
        if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
        return stateOf(await this.stripe.paymentIntents.retrieve(id));
      }
    });
  }

  async refund({ key, charge, amount }: RefundOrder): Promise<void> {
    await this.calling(async () => {
      const payment_intent = charge.reference ?? (await this.intent(charge)).id;
      const metadata = { orderId: charge.orderId, refundId: key };
      await this.stripe.refunds.create(
        { payment_intent, amount: stripeUnitsOf(amount), metadata },
        { idempotencyKey: key },
      );
    });
  }

  readNotice(body: Buffer, headers: Readonly<Record<string, unknown>>): Notice | undefined {
    const { id, type, data } = this.verified(body, headers['stripe-signature']);
    if (!['payment_intent.succeeded', 'payment_intent.payment_failed', 'payment_intent.canceled'].includes(type))
      return undefined;
    const intent = data.object as Stripe.PaymentIntent;
    const { paymentId, orderId } = intent.metadata;
    const state = stateOf(intent);
    return {
      id,
      type,
      key: paymentId,
      orderId,
      state: type.endsWith('failed') ? { ...state, status: 'declined' } : state,
    };
  }

  private verified(body: Buffer, header: unknown): Stripe.Event {
    const timestamp = readSignature(header)?.timestamp;
    // The SDK accepts a timestamp from the future.
    if (timestamp !== undefined && isRecent(timestamp, this.clock.now()))
      for (const secret of this.settings.STRIPE_WEBHOOK_SECRETS) {
        try {
          return this.stripe.webhooks.constructEvent(body, String(header), secret, TOLERANCE);
        } catch (error) {
          // Signed by another of the secrets, perhaps. What is wrong with a body is told only to who has signed it.
          if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw notAnEvent();
        }
      }
    throw new WebhookSignatureInvalid();
  }

  private intent({ key, orderId, amount }: Charge): Promise<Stripe.PaymentIntent> {
    const metadata = { orderId, paymentId: key };
    const currency = amount.currency.toLowerCase();
    return this.stripe.paymentIntents.create(
      { amount: stripeUnitsOf(amount), currency, metadata, automatic_payment_methods: { enabled: true } },
      { idempotencyKey: key },
    );
  }

  private async calling<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw isRefusal(error) || error instanceof AmountNotCollectable
        ? new ProviderRefusal(this.name, error.message)
        : error;
    }
  }
}

/** What Stripe refused, it has not done; after a lost connection, a timeout or a 5xx nobody knows. */
function isRefusal(error: unknown): error is Error {
  const { errors } = Stripe;
  if (error instanceof errors.StripeConnectionError) return isNotConnected(error);
  return (
    error instanceof errors.StripeInvalidRequestError ||
    error instanceof errors.StripeAuthenticationError ||
    error instanceof errors.StripePermissionError ||
    error instanceof errors.StripeRateLimitError
  );
}

const notAnEvent = () => problems.malformedBody('The body is not an event of Stripe.');

function stateOf({
  id,
  status,
  currency,
  amount_received,
  client_secret,
  last_payment_error,
}: Stripe.PaymentIntent): ChargeState {
  switch (status) {
    case 'succeeded':
      return { status: 'captured', reference: id, captured: moneyOfStripe(amount_received, currency) };
    case 'canceled':
      return { status: 'voided', reference: id, reason: 'canceled at the provider' };
    default:
      return { status: 'pending', reference: id, clientSecret: client_secret, reason: last_payment_error?.code };
  }
}

function isNotConnected(error: Stripe.errors.StripeConnectionError): boolean {
  const { code } = (error.detail ?? {}) as { code?: string };
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'].includes(code ?? '');
}
