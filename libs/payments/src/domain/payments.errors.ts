import { DomainError, type Money } from '@holdfast/shared-kernel';

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

export class AmountNotCollectable extends DomainError {
  constructor(provider: string, amount: Money) {
    const { amount: text, currency } = amount.toView();
    const detail = `The payment provider cannot charge ${text} ${currency} exactly; it could only round.`;
    super('amount-not-collectable', 'invalid', detail, { provider, amount: amount.toView() });
  }
}

export class RefundExceedsCapture extends DomainError {
  constructor(requested: Money, refundable: Money) {
    super('refund-exceeds-capture', 'conflict', 'Refunds never exceed what was captured.', {
      requested: requested.toView(),
      refundable: refundable.toView(),
    });
  }
}

/** No provider would take the payment on; nothing was charged anywhere. */
export class NoProviderAvailable extends Error {
  constructor() {
    super('no payment provider would take the payment on');
    this.name = new.target.name;
  }
}
