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

/** Names every short line, so that a client can offer what is left. */
export class InsufficientStock extends DomainError {
  constructor(items: ShortLine[]) {
    super('insufficient-stock', 'conflict', 'Fewer units are available than you asked for.', { items });
  }
}

export class StockChanged extends DomainError {
  constructor(expectedOnHand: number, onHand: number) {
    super('stock-changed', 'conflict', `Stock is ${onHand} and not ${expectedOnHand}: look again, then decide.`, {
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

/** Named by what is to stand in it. */
export class CategoryUnknown extends DomainError {
  constructor(categoryId: string) {
    super('category-unknown', 'invalid', 'The category that you name does not exist.', { categoryId });
  }
}

export class CategoryNameTaken extends DomainError {
  constructor() {
    super('category-name-taken', 'conflict', 'Another category beside it has this name.');
  }
}

export class CategoryUnderItself extends DomainError {
  constructor() {
    super(
      'category-under-itself',
      'invalid',
      'A category cannot stand under itself, nor under one that stands under it.',
    );
  }
}

export class CategoryTooDeep extends DomainError {
  constructor(most: number) {
    super('category-too-deep', 'invalid', `Categories stand at most ${most} deep.`, { most });
  }
}

export class CategoryNotEmpty extends DomainError {
  constructor(holds: 'categories' | 'products') {
    super('category-not-empty', 'conflict', `There are ${holds} in this category: move them first.`, { holds });
  }
}
