import { Module } from '@nestjs/common';
import { BulkCatalogue } from './application/bulk-catalogue.service';
import { CatalogueService } from './application/catalogue.service';
import { CategoryService } from './application/category.service';
import { ProductPages } from './api/product-pages';
import { OfferQueries, ProductChanges, ProductQueries } from './application/product.queries';
import { StockService } from './application/stock.service';
import { CategoriesController } from './api/categories.controller';
import { ProductsController } from './api/products.controller';
import { CategoryRepository, ProductRepository } from './domain/catalog.repositories';
import { OrmCategoryRepository } from './infrastructure/orm-category.repository';
import { OrmProductRepository } from './infrastructure/orm-product.repository';
import { CatalogSettings } from './catalog.settings';

const services = [
  ...[BulkCatalogue, CatalogueService, CategoryService, StockService],
  ...[OfferQueries, ProductChanges, ProductQueries],
];

@Module({
  providers: [
    ...services,
    { provide: CategoryRepository, useClass: OrmCategoryRepository },
    { provide: ProductRepository, useClass: OrmProductRepository },
  ],
  exports: services,
})
export class CatalogModule {}

@Module({
  imports: [CatalogModule],
  controllers: [CategoriesController, ProductsController],
  providers: [CatalogSettings, ProductPages],
})
export class CatalogApiModule {}
