import { Module } from '@nestjs/common';
import { CatalogueService } from './application/catalogue.service';
import { OfferQueries } from './application/offer.queries';
import { ProductPages } from './application/product-pages';
import { ProductQueries } from './application/product.queries';
import { StockService } from './application/stock.service';
import { ProductsController } from './api/products.controller';
import { CategoryRepository } from './domain/category.repository';
import { ProductRepository } from './domain/product.repository';
import { OrmCategoryRepository } from './infrastructure/orm-category.repository';
import { OrmProductRepository } from './infrastructure/orm-product.repository';

@Module({
  providers: [
    CatalogueService,
    OfferQueries,
    ProductPages,
    ProductQueries,
    StockService,
    { provide: CategoryRepository, useClass: OrmCategoryRepository },
    { provide: ProductRepository, useClass: OrmProductRepository },
  ],
  exports: [CatalogueService, OfferQueries, ProductPages, ProductQueries, StockService],
})
export class CatalogModule {}

@Module({ imports: [CatalogModule], controllers: [ProductsController] })
export class CatalogApiModule {}
