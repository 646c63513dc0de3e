import { Module } from '@nestjs/common';
import { CatalogueService } from './application/catalogue.service';
import { OfferQueries } from './application/offer.queries';
import { ProductPages } from './application/product-pages';
import { ProductQueries } from './application/product.queries';
import { StockService } from './application/stock.service';
import { ProductsController } from './api/products.controller';
import { ProductRepository } from './domain/product.repository';
import { OrmProductRepository } from './infrastructure/orm-product.repository';

@Module({
  providers: [
    CatalogueService,
    OfferQueries,
    ProductPages,
    ProductQueries,
    StockService,
    { provide: ProductRepository, useClass: OrmProductRepository },
  ],
  exports: [CatalogueService, OfferQueries, ProductPages, ProductQueries, StockService],
})
export class CatalogModule {}

@Module({ imports: [CatalogModule], controllers: [ProductsController] })
export class CatalogApiModule {}
