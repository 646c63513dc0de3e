import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Pricing1700000000102 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA pricing;

      CREATE TABLE pricing.shipping_methods (
        code       text PRIMARY KEY,
        name       text NOT NULL,
        price      numeric(13,3) NOT NULL CONSTRAINT shipping_methods_price CHECK (price >= 0),
        currency   char(3) NOT NULL,
        free_from  numeric(13,3) CONSTRAINT shipping_methods_free_from CHECK (free_from >= 0),
        -- NULL ships everywhere.
        countries  text[] CONSTRAINT shipping_methods_countries CHECK (cardinality(countries) > 0)
      );

      CREATE TABLE pricing.tax_rates (
        country    text PRIMARY KEY CONSTRAINT tax_rates_country CHECK (country ~ '^[A-Z]{2}$'),
        -- Per cent.
        rate       numeric(7,4) NOT NULL CONSTRAINT tax_rates_rate CHECK (rate BETWEEN 0 AND 100),
        inclusive  boolean NOT NULL
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE pricing.tax_rates, pricing.shipping_methods; DROP SCHEMA pricing');
  }
}
