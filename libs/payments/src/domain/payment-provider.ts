import type { Money } from '@holdfast/shared-kernel';

/** What a provider is asked to charge. All calls with one key are one charge. */
export interface Charge {
  readonly key: string;
  readonly provider: string;
  readonly orderId: string;
  readonly amount: Money;
  /** The provider's own id of the charge; null until the provider has given it. */
  readonly reference: string | null;
}

/**
 * The state of a charge at its provider. `pending` waits for the customer, `processing` for a bank. `captured`,
 * `declined` and `voided` are ends; a failed attempt of a living charge is a {@link Notice}, not a state.
 */
export interface ChargeState {
  readonly status: 'pending' | 'processing' | 'captured' | 'declined' | 'voided';
  readonly reference: string | null;
  readonly clientSecret?: string | null;
  /** The provider's page on which the customer approves the charge, at providers that have one. */
  readonly approvalUrl?: string | null;
  /** The captured amount, which may differ from the requested one. */
  readonly captured?: Money;
  /** Why the charge ended without money; with `pending`, why the customer's last attempt failed. */
  readonly reason?: string;
}

export interface RefundOrder {
  /** All calls with one key are one refund. */
  readonly key: string;
  readonly charge: Charge;
  readonly amount: Money;
  /** The provider's own id of the refund; null until the provider has given it. */
  readonly reference: string | null;
}

/** The state of a refund at its provider. */
export interface RefundState {
  readonly status: 'pending' | 'succeeded' | 'failed';
  readonly reference: string | null;
  /** Why the refund failed. */
  readonly reason?: string;
}

/** A refund in a webhook: one of ours, named by its key, or one that was begun at the provider. */
export interface RefundNotice extends RefundState {
  readonly key?: string;
  readonly amount: Money;
}

export interface DisputeNotice {
  readonly reference: string;
  readonly status: 'open' | 'won' | 'lost';
}

/** One webhook of a provider. */
export interface Notice {
  readonly id: string;
  readonly type: string;
  /** The charge, by our key, by the provider's own id, or by the order. At least one of the three is given. */
  readonly key?: string;
  readonly reference?: string;
  readonly orderId?: string;
  readonly news:
    | { readonly about: 'charge'; readonly state: ChargeState }
    /** The customer has approved the charge. The provider is asked about it next, and then captures it. */
    | { readonly about: 'approval' }
    /** The customer's attempt failed; the charge lives on and can still be paid. */
    | { readonly about: 'attempt-failed'; readonly state: ChargeState; readonly reason: string }
    | { readonly about: 'refund'; readonly refund: RefundNotice }
    /** The sum of all refunds of the charge that the provider knows. */
    | { readonly about: 'refund-total'; readonly total: Money }
    | { readonly about: 'dispute'; readonly dispute: DisputeNotice };
}

/**
 * A payment provider. No transaction is open during a call, and every call ends within PAYMENT_CALL_TIMEOUT. A call
 * throws {@link ProviderRefusal} or {@link ProviderUnavailable} when it certainly had no effect. After any other error
 * the effect is unknown.
 */
export abstract class PaymentProvider {
  abstract readonly name: string;
  /** Whether this installation has an account at the provider. Without one no charge of ours can exist there. */
  abstract readonly isInUse: boolean;
  /** Whether its webhooks are received. An account alone is enough: payments of a provider no longer named go on. */
  abstract readonly hasWebhooks: boolean;
  /** Whether the provider can charge exactly this amount. */
  abstract takes(amount: Money): boolean;
  /** Begins the charge, or returns the state of the charge that exists under its key. A decline is an answer. */
  abstract start(charge: Charge): Promise<ChargeState>;
  /**
   * Returns the state of the charge; undefined when the provider does not know it, or certainly never charges it.
   * Captures a charge that the customer has approved.
   */
  abstract ask(charge: Charge): Promise<ChargeState | undefined>;
  /** Ends the charge, known to the provider or not. An answer of `processing` means that it cannot be ended now. */
  abstract void(charge: Charge): Promise<ChargeState>;
  /** Begins the refund, or returns the state of the refund that exists. A refusal by the provider is final. */
  abstract refund(refund: RefundOrder): Promise<RefundState>;
  /**
   * Reads a webhook from its raw bytes; undefined for a type that is not used. Throws WebhookSignatureInvalid (401)
   * before anything else is looked at, then 400 `malformed-body`.
   */
  abstract readNotice(body: Buffer, headers: Readonly<Record<string, unknown>>): Promise<Notice | undefined>;
}

export abstract class PaymentProviders {
  /** The named providers that new payments are offered to, in order of preference. */
  abstract readonly inOrder: readonly string[];
  /** Whether a new payment of exactly this amount can be collected; true where no provider collects payments. */
  takes(amount: Money): boolean {
    return !this.inOrder.length || this.inOrder.some((name) => this.named(name).takes(amount));
  }
  /** Gets any provider that has an adapter, in use or not. Throws PaymentProviderUnknown. */
  abstract named(name: string): PaymentProvider;
}

/** The provider answered that it does not do what it was asked. Nothing has happened there. */
export class ProviderRefusal extends Error {
  constructor(
    provider: string,
    readonly reason: string,
  ) {
    super(`${provider} refused: ${reason}`);
    this.name = new.target.name;
  }
}

/** The provider could not be asked: no connection, too many requests, or an open circuit. Nothing has happened. */
export class ProviderUnavailable extends Error {
  constructor(provider: string, reason: string) {
    super(`${provider} is unavailable: ${reason}`);
    this.name = new.target.name;
  }
}

/** The provider failed several times in a row and is not called for a while. */
export class CircuitOpen extends ProviderUnavailable {
  constructor(provider: string) {
    super(provider, 'its circuit is open');
  }
}
