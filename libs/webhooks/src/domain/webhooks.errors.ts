import { DomainError } from '@holdfast/shared-kernel';

export class EndpointNotFound extends DomainError {
  constructor() {
    super('webhook-endpoint-not-found', 'not-found', 'There is no such webhook endpoint.');
  }
}

/** `reason` completes "it …". */
export class UrlRefused extends DomainError {
  constructor(reason: string) {
    super('webhook-url-refused', 'invalid', `This URL cannot be called: it ${reason}.`);
  }
}

export class EndpointDisabled extends DomainError {
  constructor() {
    super('webhook-endpoint-disabled', 'conflict', 'The endpoint is disabled: enable it first.');
  }
}

export class DeliveryNotFound extends DomainError {
  constructor() {
    super('webhook-delivery-not-found', 'not-found', 'This endpoint has no delivery of such an event.');
  }
}

export class DeliveryPending extends DomainError {
  constructor() {
    super('webhook-delivery-pending', 'conflict', 'The event is still on its way to this endpoint.');
  }
}
