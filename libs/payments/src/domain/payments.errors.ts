import { DomainError, type Money } from '@holdfast/shared-kernel';
import { ProviderRefusal } from './payment-provider';

export class PaymentNotFound extends DomainError {
  constructor() {
    super('payment-not-found', 'not-found', 'There is no such payment, nor an order that waits for one.');
  }
}

export class PaymentProviderUnknown extends DomainError {
  constructor(provider: string) {
    super('payment-provider-unknown', 'not-found', 'There is no such payment provider.', { provider });
  }
}

/** Nothing is kept: the provider sends the webhook again, and by then its charge is known. */
export class PaymentNotCaptured extends DomainError {
  constructor() {
    super('payment-not-captured', 'conflict', 'The refund has come before its charge: send it again later.');
  }
}

export class WebhookSignatureInvalid extends DomainError {
  constructor() {
    const detail = 'The webhook is not signed with an active secret, or its timestamp is more than 300 s away.';
    super('webhook-signature-invalid', 'unauthenticated', detail);
  }
}

/** Thrown only after the signature was verified. */
export class WebhookMalformed extends DomainError {
  constructor(detail: string) {
    super('malformed-body', 'malformed', detail);
  }
}

export class RefundNotFound extends DomainError {
  constructor() {
    super('refund-not-found', 'not-found', 'There is no such refund.');
  }
}

export class RefundNotFailed extends DomainError {
  constructor(refundStatus: string) {
    const detail = `Only a failed refund that was begun here can be retried; this one is ${refundStatus}.`;
    super('refund-not-failed', 'conflict', detail, { refundStatus });
  }
}

/** The provider could only round the amount, or does not take its currency: it is refused without being asked. */
export class AmountNotCollectable extends ProviderRefusal {
  constructor(provider: string, amount: Money) {
    const { amount: text, currency } = amount.toView();
    super(provider, `${text} ${currency} cannot be charged exactly`);
  }
}

export class RefundExceedsCapture extends DomainError {
  constructor(requested: Money, refundable: Money) {
    super('refund-exceeds-capture', 'conflict', 'Refunds never exceed the captured amount.', {
      requested: requested.toView(),
      refundable: refundable.toView(),
    });
  }
}

/** No configured provider took the payment on; nothing is charged. `cause` is the error of one that was unavailable. */
export class NoProviderAvailable extends Error {
  constructor(cause: unknown) {
    super('no payment provider takes the payment on', { cause });
    this.name = new.target.name;
  }
}
