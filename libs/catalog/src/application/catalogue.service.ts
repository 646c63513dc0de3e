import { Injectable } from '@nestjs/common';
import type { ProductImage } from '@holdfast/contracts';
import { Clock, Money, type MoneyView, withValues } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import { CategoryRepository, ProductRepository } from '../domain/catalog.repositories';
import { ProductVersionStale } from '../domain/catalog.errors';
import { Product } from '../domain/product';
import type { NewProduct, ProductChanges } from '../domain/product.events';
import { movementView, productView, type ProductView, type StockMovementView } from './product.queries';

export interface CreateProduct extends Omit<NewProduct, 'price' | 'images'> {
  price: MoneyView;
  images?: { url: string; alt?: string | null }[];
}

export type ChangeProduct = Partial<CreateProduct>;

/** Either a delta, or the counted units with the number that they replace. */
export interface AdjustStock {
  reason: string;
  delta?: number;
  onHand?: number;
  expectedOnHand?: number;
}

/** Whether a change may go on from this version of a product. */
export type VersionCheck = (version: number) => boolean;

/** Adds, changes and removes products, and books their stock, for admins. */
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

  /** Throws ProductNotFound, ProductVersionStale, SkuTaken, ExternalIdTaken, CategoryUnknown. */
  @UnitOfWork()
  async change(id: string, command: ChangeProduct, actorId: string, isCurrent?: VersionCheck): Promise<ProductView> {
    const product = await this.lockVersion(id, isCurrent);
    const { stock, ...changes } = changesOf(command);
    product.change(changes, this.clock.now());
    if (stock !== undefined)
      product.setOnHand(stock, product.onHand, 'set with the product', actorId, this.clock.now());
    return this.viewOf(product);
  }

  /**
   * Retires a product that was ever ordered, since orders point to it; deletes any other. Throws ProductNotFound,
   * ProductVersionStale.
   */
  @UnitOfWork()
  async remove(id: string, isCurrent?: VersionCheck): Promise<void> {
    const product = await this.lockVersion(id, isCurrent);
    if (await this.products.wasOrdered(product)) return product.retire(this.clock.now());
    product.remove();
    await this.products.remove(product);
  }

  /**
   * Returns the ledger entry. An entry without an id and with `delta: 0` says that stock was right and nothing was
   * written. Throws ProductNotFound, StockChanged, StockTooLarge, InsufficientStock.
   */
  @UnitOfWork()
  async adjustStock(id: string, command: AdjustStock, actorId: string): Promise<StockMovementView> {
    const product = await this.products.lock(id);
    const { delta, onHand = product.onHand, expectedOnHand = product.onHand, reason } = command;
    const now = this.clock.now();
    const movement =
      delta !== undefined
        ? product.adjust(delta, reason, actorId, now)
        : product.setOnHand(onHand, expectedOnHand, reason, actorId, now);
    const lockedAt = product.held.countedAt;
    return movement ? movementView(movement.datedBy(lockedAt)) : unmoved(product, reason, actorId, lockedAt);
  }

  /** Keeps the product's category until the unit of work ends. */
  private async viewOf(product: Product): Promise<ProductView> {
    const { categoryId } = product;
    return productView(product, categoryId === null ? null : await this.categories.keep(categoryId));
  }

  private async lockVersion(id: string, isCurrent: VersionCheck = () => true): Promise<Product> {
    const product = await this.products.lock(id);
    if (!isCurrent(product.version)) throw new ProductVersionStale();
    return product;
  }
}

export function newProductOf(command: CreateProduct, actorId: string, at: Date): Product {
  const { sku, name, price, images, ...rest } = command;
  const parsed = { price: Money.parse(price), ...(images && { images: images.map(imageOf) }) };
  return Product.create({ ...withValues(rest), sku, name, ...parsed }, actorId, at);
}

/** With its keys in the order that jsonb keeps, so that a product looks the same before and after it was stored. */
const imageOf = ({ alt, url }: { url: string; alt?: string | null }): ProductImage => ({ alt: alt || null, url });

/** The given fields, with the price as money. */
export function changesOf(command: ChangeProduct): ProductChanges & { stock?: number } {
  const { price, images, ...changes } = withValues(command);
  return { ...changes, ...(price && { price: Money.parse(price) }), ...(images && { images: images.map(imageOf) }) };
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
  feedId: null,
  at: at.toISOString(),
});
