import { Module } from '@nestjs/common';
import { CatalogModule } from '@holdfast/catalog';
import { ProductFilesController } from './api/product-files.controller';
import { ProductExport } from './application/product-export.service';
import { ProductImport } from './application/product-import.service';

const services = [ProductExport, ProductImport];

@Module({ imports: [CatalogModule], providers: services, exports: services })
export class CatalogFilesModule {}

@Module({ imports: [CatalogFilesModule], controllers: [ProductFilesController] })
export class CatalogFilesApiModule {}
