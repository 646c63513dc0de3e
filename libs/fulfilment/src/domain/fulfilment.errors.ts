import { DomainError } from '@holdfast/shared-kernel';

export class FulfilmentNotFound extends DomainError {
  constructor() {
    super(
      'fulfilment-not-found',
      'not-found',
      'There is no fulfilment with this id: its order is not paid, or unknown.',
    );
  }
}

export class ReturnNotFound extends DomainError {
  constructor() {
    super('return-not-found', 'not-found', 'There is no return with this id.');
  }
}

export class ReturnNotOpen extends DomainError {
  constructor(returnStatus: string) {
    super('return-not-open', 'conflict', `A return that is ${returnStatus} cannot be received or rejected.`, {
      returnStatus,
    });
  }
}

export class ReturnExceedsRequest extends DomainError {
  constructor(productId: string, requested: number, received: number) {
    super('return-exceeds-request', 'conflict', 'More units came back than the return asked for.', {
      productId,
      requested,
      received,
    });
  }
}
