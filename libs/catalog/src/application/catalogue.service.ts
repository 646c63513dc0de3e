import { Injectable } from '@nestjs/common';
import { Clock, Money, type MoneyView, withValues } from '@holdfast/shared-kernel';
import { isMatch } from '@holdfast/http';
import { problems, UnitOfWork } from '@holdfast/platform';
import { Product, type ProductChanges } from '../domain/product';
import { CategoryRepository } from '../domain/category.repository';
import { ProductRepository } from '../domain/product.repository';
import { movementView, productView, type ProductView, type StockMovementView } from './product.views';

export interface CreateProduct {
  sku: string;
  name: string;
  description?: string;
  price: MoneyView;
  stock?: number;
  active?: boolean;
  unitLimit?: number | null;
  categoryId?: string | null;
  externalId?: string | null;
  lowStockThreshold?: number | null;
}

export type ChangeProduct = Partial<CreateProduct>;

const DEFAULTS = {
  ...{ description: '', stock: 0, active: true, unitLimit: null },
  ...{ categoryId: null, externalId: null, lowStockThreshold: null },
};

/** Either a delta, or a compare-and-set. */
export interface AdjustStock {
  reason: string;
  delta?: number;
  onHand?: number;
  expectedOnHand?: number;
}

/** What admins do to products and their stock. */
@Injectable()
export class CatalogueService {
  constructor(
    private readonly products: ProductRepository,
    private readonly categories: CategoryRepository,
    private readonly clock: Clock,
  ) {}

  /** Throws SkuTaken, ExternalIdTaken, CategoryUnknown. */
  @UnitOfWork()
  async create(command: CreateProduct, actorId: string): Promise<ProductView> {
    const product = newProductOf(command, actorId, this.clock.now());
    this.products.add(product);
    return this.viewOf(product);
  }

  /** Throws what `create` throws. 412 when the product is no longer what `ifMatch` names. */
  @UnitOfWork()
  async change(id: string, command: ChangeProduct, actorId: string, ifMatch?: string): Promise<ProductView> {
    const product = await this.lockVersion(id, ifMatch);
    const { stock, ...changes } = changesOf(command);
    product.change(changes, this.clock.now());
    if (stock !== undefined)
      product.setOnHand(stock, product.onHand, 'set with the product', actorId, this.clock.now());
    return this.viewOf(product);
  }

  /** What was ever ordered is retired, for orders point to it; anything else is removed. */
  @UnitOfWork()
  async takeOut(id: string, ifMatch?: string): Promise<void> {
    const product = await this.lockVersion(id, ifMatch);
    if (await this.products.wasOrdered(product)) return product.retire(this.clock.now());
    product.remove();
    await this.products.remove(product);
  }

  /** The ledger entry; with `delta: 0` and no id when stock already was what it should be, and nothing was written. */
  @UnitOfWork()
  async adjustStock(id: string, command: AdjustStock, actorId: string): Promise<StockMovementView> {
    const product = await this.products.lock(id);
    const { delta, onHand = product.onHand, expectedOnHand = product.onHand, reason } = command;
    const now = this.clock.now();
    const movement =
      delta !== undefined
        ? product.adjust(delta, reason, actorId, now)
        : product.setOnHand(onHand, expectedOnHand, reason, actorId, now);
    return movement ? movementView(movement) : unmoved(product, reason, actorId, now);
  }

  /** Its category stays until the unit of work ends, whether it was just named or not. */
  private async viewOf(product: Product): Promise<ProductView> {
    const { categoryId } = product;
    return productView(product, categoryId === null ? null : await this.categories.keep(categoryId));
  }

  private async lockVersion(id: string, ifMatch?: string): Promise<Product> {
    const product = await this.products.lock(id);
    if (!isMatch(ifMatch, product.version)) throw problems.preconditionFailed();
    return product;
  }
}

export function newProductOf(command: CreateProduct, actorId: string, at: Date): Product {
  const { sku, name, price, ...rest } = command;
  const details = { sku, name, price: Money.parse(price), ...DEFAULTS, ...withValues(rest) };
  return Product.create(details, actorId, at);
}

/** What is given, with the price as money. */
export function changesOf(command: ChangeProduct): ProductChanges & { stock?: number } {
  const { price, ...changes } = withValues(command);
  return { ...changes, ...(price && { price: Money.parse(price) }) };
}

const unmoved = (product: Product, reason: string, actorId: string, at: Date): StockMovementView => ({
  id: null,
  productId: product.id,
  kind: 'adjustment',
  delta: 0,
  balanceAfter: product.onHand,
  reason,
  actorId,
  orderId: null,
  at: at.toISOString(),
});
