import { DomainError } from '@holdfast/shared-kernel';

export class ShippingMethodNotFound extends DomainError {
  constructor() {
    super('shipping-method-not-found', 'not-found', 'There is no shipping method with this code.');
  }
}

export class ShippingMethodTaken extends DomainError {
  constructor() {
    super('shipping-method-taken', 'conflict', 'Another shipping method has this code.');
  }
}

export class ShippingMethodUnavailable extends DomainError {
  constructor(shippingMethod: string) {
    const message = 'There is no such shipping method for this country: offer one of `GET /v1/shipping-methods`.';
    super('shipping-method-unavailable', 'invalid', message, { shippingMethod });
  }
}

export class ShippingMethodRequired extends DomainError {
  constructor() {
    super('shipping-method-required', 'invalid', 'Name a `shippingMethod`, one of `GET /v1/shipping-methods`.');
  }
}

export class AddressRequired extends DomainError {
  constructor() {
    super('address-required', 'invalid', 'Give an address, as `shipTo` or as `addressId`.');
  }
}

export class FreeFromCurrencyMixed extends DomainError {
  constructor() {
    super('currencies-mixed', 'invalid', '`price` and `freeFrom` of a shipping method have one currency.');
  }
}

export class TaxRateNotFound extends DomainError {
  constructor() {
    super('tax-rate-not-found', 'not-found', 'There is no tax rate for this country.');
  }
}
