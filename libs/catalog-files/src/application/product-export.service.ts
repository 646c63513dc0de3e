import { Injectable } from '@nestjs/common';
import { BulkCatalogue, type ProductRecord } from '@holdfast/catalog';
import { CategoryNames } from './category-names';

/** A product as a row of a file; null is an empty cell. */
export interface FileRecord extends Omit<ProductRecord, 'categoryId' | 'images'> {
  category: string | null;
  /** URLs, separated by blanks. */
  images: string | null;
}

@Injectable()
export class ProductExport {
  constructor(private readonly catalogue: BulkCatalogue) {}

  /** All products that are not retired, by SKU. One page is in memory at a time. */
  async *pages(): AsyncGenerator<FileRecord[]> {
    const categories = new CategoryNames(await this.catalogue.categories());
    for await (const page of this.catalogue.pages())
      yield page.map(({ categoryId, images, ...record }) => ({
        ...record,
        images: images.join(' ') || null,
        category: categoryId && categories.nameOf(categoryId),
      }));
  }
}
