import { Injectable } from '@nestjs/common';
import { Clock, Money, type MoneyView, withValues } from '@holdfast/shared-kernel';
import { isMatch, problems, UnitOfWork } from '@holdfast/platform';
import { Product } from '../domain/product';
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
}

export type ChangeProduct = Partial<CreateProduct>;

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
    private readonly clock: Clock,
  ) {}

  @UnitOfWork()
  async create(command: CreateProduct, actorId: string): Promise<ProductView> {
    const { sku, name, description = '', price, stock = 0, active = true, unitLimit = null } = command;
    const details = { sku, name, description, price: Money.parse(price), stock, active, unitLimit };
    const product = Product.create(details, actorId, this.clock.now());
    this.products.add(product);
    return productView(product);
  }

  /** 412 when the product is no longer what `ifMatch` names. */
  @UnitOfWork()
  async change(id: string, command: ChangeProduct, actorId: string, ifMatch?: string): Promise<ProductView> {
    const product = await this.lockVersion(id, ifMatch);
    const { price, stock, ...changes } = withValues(command);
    product.change({ ...changes, ...(price && { price: Money.parse(price) }) }, this.clock.now());
    if (stock !== undefined)
      product.setOnHand(stock, product.onHand, 'set with the product', actorId, this.clock.now());
    return productView(product);
  }

  @UnitOfWork()
  async retire(id: string, ifMatch?: string): Promise<void> {
    const product = await this.lockVersion(id, ifMatch);
    product.retire(this.clock.now());
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

  private async lockVersion(id: string, ifMatch?: string): Promise<Product> {
    const product = await this.products.lock(id);
    if (!isMatch(ifMatch, product.version)) throw problems.preconditionFailed();
    return product;
  }
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
