import { DomainError } from '@holdfast/shared-kernel';

export class EndpointNotFound extends DomainError {
  constructor() {
    super('webhook-endpoint-not-found', 'not-found', 'There is no webhook endpoint with this id.');
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
    super('webhook-delivery-not-found', 'not-found', 'The endpoint has no delivery of this event.');
  }
}

export class DeliveryPending extends DomainError {
  constructor() {
    super('webhook-delivery-pending', 'conflict', 'The delivery is still pending: wait until it is sent or dead.');
  }
}

/** For API keys only: persons who are admins may read all events. */
export class EventsNotReadable extends DomainError {
  constructor(scopes: readonly string[]) {
    super('insufficient-scope', 'forbidden', `To get these events, the API key needs: ${scopes.join(', ')}.`, {
      scopes,
    });
  }
}
