import { Injectable } from '@nestjs/common';
import { currentUnit } from '@holdfast/platform';
import { ProductNotFound } from '../domain/catalog.errors';
import { Product } from '../domain/product';
import { ProductRepository } from '../domain/product.repository';

@Injectable()
export class OrmProductRepository extends ProductRepository {
  add(product: Product): void {
    currentUnit().add(product);
  }

  async lockAll(ids: readonly string[]): Promise<Product[]> {
    return currentUnit().lockAll(Product, ids);
  }

  async lock(id: string): Promise<Product> {
    const [product] = await this.lockAll([id]);
    if (!product || product.isRetired) throw new ProductNotFound();
    return product;
  }
}
