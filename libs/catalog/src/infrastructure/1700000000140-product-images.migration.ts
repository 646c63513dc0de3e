import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The images of a product, `{url, alt}`. Orders lock and copy the first, so it stands apart from the others. */
export class ProductImages1700000000140 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE catalog.products
        ADD image        jsonb CONSTRAINT products_image CHECK (image IS NULL OR image ? 'url'),
        ADD more_images  jsonb NOT NULL DEFAULT '[]',
        ADD CONSTRAINT products_more_images CHECK (jsonb_typeof(more_images) = 'array'
          AND jsonb_array_length(more_images) <= CASE WHEN image IS NULL THEN 0 ELSE 9 END)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE catalog.products DROP more_images, DROP image');
  }
}
