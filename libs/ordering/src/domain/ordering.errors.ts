import { DomainError, type Money } from '@holdfast/shared-kernel';

export class OrderNotFound extends DomainError {
  constructor() {
    super('order-not-found', 'not-found', 'There is no such order of yours.');
  }
}

export class OrderNotCancellable extends DomainError {
  constructor(orderStatus: string) {
    super('order-not-cancellable', 'conflict', `An order that is ${orderStatus} cannot be canceled.`, { orderStatus });
  }
}

export class OrderNotFulfillable extends DomainError {
  constructor(orderStatus: string) {
    super('order-not-fulfillable', 'conflict', `Only a paid order is fulfilled; this one is ${orderStatus}.`, {
      orderStatus,
    });
  }
}

export class OrderNotRefundable extends DomainError {
  constructor(orderStatus: string) {
    super('order-not-refundable', 'conflict', `Only a paid order is refunded; this one is ${orderStatus}.`, {
      orderStatus,
    });
  }
}

export class RefundTooLarge extends DomainError {
  constructor(requested: Money, refundable: Money) {
    super('refund-too-large', 'conflict', 'Refunds never exceed what was paid.', {
      requested: requested.toView(),
      refundable: refundable.toView(),
    });
  }
}

export class NothingToRefund extends DomainError {
  constructor() {
    super('nothing-to-refund', 'invalid', 'A refund is more than nothing.');
  }
}

export class PriceChanged extends DomainError {
  constructor(expectedTotal: Money, total: Money) {
    super('price-changed', 'conflict', 'The prices have changed: show the new total and ask again.', {
      expectedTotal: expectedTotal.toView(),
      total: total.toView(),
    });
  }
}

export class UnitLimitExceeded extends DomainError {
  constructor(productId: string, limit: number, requested: number, alreadyOrdered: number) {
    super('unit-limit-exceeded', 'conflict', 'One customer may have only so many units of this product.', {
      productId,
      limit,
      requested,
      alreadyOrdered,
    });
  }
}
