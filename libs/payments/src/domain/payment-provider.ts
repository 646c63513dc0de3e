import type { Money } from '@holdfast/shared-kernel';

/** What a provider is asked to charge: however often it is asked, under this key it is one charge. */
export interface Charge {
  readonly key: string;
  readonly provider: string;
  readonly orderId: string;
  readonly amount: Money;
  /** The provider's own name for it, once it has told. */
  readonly reference: string | null;
}

export interface ChargeState {
  readonly status: 'pending' | 'captured' | 'declined' | 'voided';
  readonly reference: string | null;
  readonly clientSecret?: string | null;
  /** What was captured, which may not be what was asked. */
  readonly captured?: Money;
  /** Why it was declined. */
  readonly reason?: string;
}

/** What a provider tells by a webhook. */
export interface Notice {
  readonly id: string;
  readonly type: string;
  /** Which payment it is about: by our key, or else by the order. */
  readonly key?: string;
  readonly orderId?: string;
  readonly state: ChargeState;
}

export interface RefundOrder {
  readonly key: string;
  readonly charge: Charge;
  readonly amount: Money;
}

/**
 * A payment provider. No call is made with a transaction open, and every call ends within PAYMENT_CALL_TIMEOUT.
 * Throws {@link ProviderRefusal} when it is certain that nothing has happened; any other error leaves that open.
 */
export abstract class PaymentProvider {
  abstract readonly name: string;
  /** Whether we have an account there: with one where we have none, nothing of ours can be. */
  abstract readonly isInUse: boolean;
  /** Takes the charge on, or tells what has become of it when it was taken on before. A decline is an answer. */
  abstract start(charge: Charge): Promise<ChargeState>;
  /** What has become of the charge; undefined when the provider does not know it. */
  abstract ask(charge: Charge): Promise<ChargeState | undefined>;
  /** From its answer on, the charge is either captured already or never will be, known to the provider or not. */
  abstract void(charge: Charge): Promise<ChargeState>;
  abstract refund(refund: RefundOrder): Promise<void>;
  /**
   * Reads a webhook, byte for byte as it came. Undefined for news that we have no use for.
   * Throws 401 `webhook-signature-invalid` before it looks at anything else, then 400 `malformed-body`.
   */
  abstract readNotice(body: Buffer, headers: Readonly<Record<string, unknown>>): Notice | undefined;
}

export abstract class PaymentProviders {
  /** Those that new payments are offered to, in this order. */
  abstract readonly inOrder: readonly string[];
  /** Any that we know how to speak to, in use or not. Throws PaymentProviderUnknown. */
  abstract named(name: string): PaymentProvider;
}

/** It is certain that the provider has not done what it was asked: it cannot be reached, or it says so. */
export class ProviderRefusal extends Error {
  constructor(provider: string, why: string) {
    super(`${provider} did not accept: ${why}`);
    this.name = new.target.name;
  }
}
