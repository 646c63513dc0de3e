import { DomainError, MAX_QUANTITY } from '@holdfast/shared-kernel';

export interface ShortLine {
  productId: string;
  requested: number;
  available: number;
}

export class ProductNotFound extends DomainError {
  constructor() {
    super('product-not-found', 'not-found', 'There is no such product.');
  }
}

/** The product is no longer in the version that `If-Match` names. */
export class ProductVersionStale extends DomainError {
  constructor() {
    super('precondition-failed', 'stale', 'The product has changed since you read this ETag: read it again.');
  }
}

/** SKUs are compared in any case. */
export class SkuTaken extends DomainError {
  constructor() {
    super('sku-taken', 'conflict', 'Another product has this SKU.');
  }
}

export class ExternalIdTaken extends DomainError {
  constructor() {
    super('external-id-taken', 'conflict', 'Another product has this external id.');
  }
}

export class ProductNotOrderable extends DomainError {
  constructor(productIds: string[]) {
    super('product-not-orderable', 'invalid', 'Some of these products do not exist or are not on sale.', {
      productIds,
    });
  }
}

/** Names every short line, so that a client can offer the units that are left. */
export class InsufficientStock extends DomainError {
  constructor(items: ShortLine[]) {
    super('insufficient-stock', 'conflict', 'Fewer units are available than you requested.', { items });
  }
}

export class HoldPaused extends DomainError {
  constructor(items: { productId: string; pausedUntil: Date }[]) {
    super(
      'hold-paused',
      'conflict',
      'You have held these units for the longest time: order them, or hold them again after the pause.',
      { items: items.map(({ productId, pausedUntil }) => ({ productId, pausedUntil: pausedUntil.toISOString() })) },
    );
  }
}

export class StockChanged extends DomainError {
  constructor(expectedOnHand: number, onHand: number) {
    super('stock-changed', 'conflict', `Stock is ${onHand} and not ${expectedOnHand}: read it again, then decide.`, {
      expectedOnHand,
      onHand,
    });
  }
}

export class StockTooLarge extends DomainError {
  constructor() {
    super('stock-too-large', 'invalid', `Stock would exceed ${MAX_QUANTITY} units.`);
  }
}

export class CategoryNotFound extends DomainError {
  constructor() {
    super('category-not-found', 'not-found', 'There is no such category.');
  }
}

/** A product or a category names a category that does not exist. */
export class CategoryUnknown extends DomainError {
  constructor(categoryId: string) {
    super('category-unknown', 'invalid', 'There is no category with this id.', { categoryId });
  }
}

export class CategoryNameTaken extends DomainError {
  constructor() {
    super('category-name-taken', 'conflict', 'Another category under the same parent has this name.');
  }
}

export class CategoryUnderItself extends DomainError {
  constructor() {
    super('category-under-itself', 'invalid', 'A category cannot be moved under itself or under a category below it.');
  }
}

export class CategoryTooDeep extends DomainError {
  constructor(most: number) {
    super('category-too-deep', 'invalid', `The tree of categories has at most ${most} levels.`, { most });
  }
}

export class CategoryNotEmpty extends DomainError {
  constructor(holds: 'categories' | 'products') {
    super('category-not-empty', 'conflict', `The category still holds ${holds}: move them first.`, { holds });
  }
}
