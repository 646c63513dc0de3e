import { DomainError, type Money } from '@holdfast/shared-kernel';

export class OrderNotFound extends DomainError {
  constructor() {
    super('order-not-found', 'not-found', 'You have no order with this id.');
  }
}

export class OrderNotCancellable extends DomainError {
  constructor(orderStatus: string) {
    super('order-not-cancellable', 'conflict', `An order that is ${orderStatus} cannot be canceled.`, { orderStatus });
  }
}

export class OrderNotFulfillable extends DomainError {
  constructor(orderStatus: string) {
    super('order-not-fulfillable', 'conflict', `Only a paid order can be fulfilled; this order is ${orderStatus}.`, {
      orderStatus,
    });
  }
}

export class OrderDisputed extends DomainError {
  constructor() {
    super(
      'order-disputed',
      'conflict',
      "The customer's bank disputes the payment of this order: send `force` to fulfil it nevertheless.",
    );
  }
}

export class OrderNotRefundable extends DomainError {
  constructor(orderStatus: string) {
    super('order-not-refundable', 'conflict', `Only a paid order can be refunded; this order is ${orderStatus}.`, {
      orderStatus,
    });
  }
}

export class RefundTooLarge extends DomainError {
  constructor(requested: Money, refundable: Money) {
    super('refund-too-large', 'conflict', 'The refund is larger than what is left of the payment.', {
      requested: requested.toView(),
      refundable: refundable.toView(),
    });
  }
}

export class NothingToRefund extends DomainError {
  constructor() {
    super(
      'nothing-to-refund',
      'invalid',
      'The amount of a refund must be more than zero, and something must be left to refund.',
    );
  }
}

/** More of a product is to be shipped than is left; `items` is empty when nothing at all is left. */
export class ShipmentExceedsOrder extends DomainError {
  constructor(items: { productId: string; requested: number; left: number }[]) {
    super('shipment-exceeds-order', 'conflict', 'The order has fewer units left to ship than this shipment.', {
      items,
    });
  }
}

export class RefundExceedsOrder extends DomainError {
  constructor(items: { productId: string; requested: number; refundable: number }[]) {
    super('refund-exceeds-order', 'conflict', 'The order has fewer units that are not refunded yet.', { items });
  }
}

export class RefundByAmountAndItems extends DomainError {
  constructor() {
    super('refund-by-amount-and-items', 'malformed', 'Give either `amount` or `items`: items have their price.');
  }
}

export class ReturnExceedsShipment extends DomainError {
  constructor(items: { productId: string; requested: number; returnable: number }[]) {
    super(
      'return-exceeds-shipment',
      'conflict',
      'Fewer units have left, or the others came back already or are asked for by another return.',
      { items },
    );
  }
}

export class ReturnWindowOver extends DomainError {
  constructor(endedAt: Date) {
    super('return-window-over', 'invalid', 'The time to return goods of this order is over.', {
      endedAt: endedAt.toISOString(),
    });
  }
}

export class RestockWithoutEffect extends DomainError {
  constructor(orderStatus: string) {
    super(
      'restock-without-effect',
      'malformed',
      'Only units that have not left come back to stock by a refund. Give `restock` with such an item, or beside a ' +
        'refund of all that is left before anything has left; otherwise leave it out.',
      { orderStatus },
    );
  }
}

export class PriceChanged extends DomainError {
  constructor(expectedTotal: Money, total: Money) {
    super('price-changed', 'conflict', 'The prices have changed: show the new total to the customer and order again.', {
      expectedTotal: expectedTotal.toView(),
      total: total.toView(),
    });
  }
}

export class AddressUnknown extends DomainError {
  constructor() {
    super('address-unknown', 'invalid', 'You have no address with this `addressId` in your address book.');
  }
}

/** `of` names what is limited, `requested` is what the order would have. */
export class OrderLimitExceeded extends DomainError {
  constructor(of: 'units of a product' | 'units', limit: number, requested: number, productId?: string) {
    super(
      'order-limit-exceeded',
      'conflict',
      `An order has at most ${limit} ${of}; this one would have ${requested}.`,
      {
        of,
        limit,
        requested,
        ...(productId && { productId }),
      },
    );
  }
}

export class UnpaidOrderLimitReached extends DomainError {
  constructor(limit: number, unpaid: number) {
    super('unpaid-order-limit', 'conflict', 'Pay or cancel an order before you place another one.', { limit, unpaid });
  }
}

/** `inOrders` and `inHolds` are the units that the customer has without these. */
export class UnpaidUnitsLimitExceeded extends DomainError {
  constructor(limit: number, requested: number, inOrders: number, inHolds: number) {
    super(
      'unpaid-units-limit',
      'conflict',
      `At most ${limit} units may be in your unpaid orders and in your cart: pay, cancel or remove some first.`,
      { limit, requested, inOrders, inHolds },
    );
  }
}

/** No configured payment provider charges exactly this total. */
export class TotalNotPayable extends DomainError {
  constructor(total: Money) {
    const { amount, currency } = total.toView();
    const detail = `No payment provider of this shop charges exactly ${amount} ${currency}: change the order's items.`;
    super('total-not-payable', 'invalid', detail, { total: total.toView() });
  }
}

export class UnitLimitExceeded extends DomainError {
  constructor(productId: string, limit: number, requested: number, alreadyOrdered: number) {
    super(
      'unit-limit-exceeded',
      'conflict',
      'The product has a limit of units per customer, and this order would exceed it.',
      {
        productId,
        limit,
        requested,
        alreadyOrdered,
      },
    );
  }
}

/** The order would wait too long until its payment can begin. `retryAfter`: seconds. */
export class Overloaded extends DomainError {
  constructor(retryAfter: number) {
    const message = `Too many orders wait for their payment to begin: repeat the request in ${retryAfter} s.`;
    super('overloaded', 'unavailable', message, { retryAfter });
  }
}
