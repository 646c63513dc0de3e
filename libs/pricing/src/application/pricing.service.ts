import { Injectable } from '@nestjs/common';
import { type MoneyView, withValues } from '@holdfast/shared-kernel';
import { currentUnit, Reads, UnitOfWork } from '@holdfast/platform';
import {
  FreeFromCurrencyMixed,
  ShippingMethodNotFound,
  ShippingMethodTaken,
  TaxRateNotFound,
} from '../domain/pricing.errors';
import type { TaxRate } from '../domain/tax-calculator';
import { METHOD_COLUMNS, methodOf, type MethodRow, PricingTables } from './pricing-tables';

export interface ShippingMethodDetails {
  name: string;
  price: MoneyView;
  freeFrom?: MoneyView | null;
  countries?: string[] | null;
}

export interface CreateShippingMethod extends ShippingMethodDetails {
  code: string;
}

export interface ShippingMethodView {
  code: string;
  name: string;
  price: MoneyView;
  freeFrom?: MoneyView;
  countries?: string[];
}

export interface TaxRateView extends TaxRate {
  country: string;
}

const TAX_COLUMNS = 'country, trim_scale(rate)::text AS rate, inclusive';

/** The shop's shipping methods and tax rates. Each change is one row, locked; orders follow the rows they find. */
@Injectable()
export class Pricing {
  constructor(
    private readonly tables: PricingTables,
    private readonly reads: Reads,
  ) {}

  /** By code. */
  async methods(): Promise<ShippingMethodView[]> {
    const sql = `SELECT ${METHOD_COLUMNS} FROM pricing.shipping_methods m ORDER BY m.code`;
    return (await this.reads.query<MethodRow>(sql)).map(viewOf);
  }

  /** Throws ShippingMethodTaken, and CurrenciesMixed for a `freeFrom` in another currency than the price. */
  async addMethod(method: CreateShippingMethod): Promise<ShippingMethodView> {
    return this.announced(this.insertMethod(method));
  }

  /** Changes what is given; null removes a bound. Throws ShippingMethodNotFound and CurrenciesMixed. */
  async changeMethod(code: string, changes: Partial<ShippingMethodDetails>): Promise<ShippingMethodView> {
    return this.announced(this.updateMethod(code, changes));
  }

  /** Throws ShippingMethodNotFound. */
  async removeMethod(code: string): Promise<void> {
    return this.announced(this.delete('pricing.shipping_methods WHERE code', code, new ShippingMethodNotFound()));
  }

  /** Throws TaxRateNotFound. */
  async taxRate(country: string): Promise<TaxRateView> {
    const sql = `SELECT ${TAX_COLUMNS} FROM pricing.tax_rates WHERE country = $1`;
    const [row] = await this.reads.query<TaxRateView>(sql, [country]);
    if (!row) throw new TaxRateNotFound();
    return row;
  }

  async setTaxRate(country: string, rate: TaxRate): Promise<TaxRateView> {
    return this.announced(this.upsertTaxRate(country, rate));
  }

  /** Throws TaxRateNotFound. */
  async removeTaxRate(country: string): Promise<void> {
    return this.announced(this.delete('pricing.tax_rates WHERE country', country, new TaxRateNotFound()));
  }

  /** Makes every process read the tables again, before the caller is answered. */
  private async announced<T>(change: Promise<T>): Promise<T> {
    const result = await change;
    this.tables.changed();
    return result;
  }

  @UnitOfWork()
  private async insertMethod(method: CreateShippingMethod): Promise<ShippingMethodView> {
    ensureOneCurrency(method);
    const { rows } = await currentUnit().statement<MethodRow>(
      `INSERT INTO pricing.shipping_methods AS m (code, name, price, currency, free_from, countries)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (code) DO NOTHING RETURNING ${METHOD_COLUMNS}`,
      [method.code, ...valuesOf(method)],
    );
    if (!rows.length) throw new ShippingMethodTaken();
    return viewOf(rows[0]);
  }

  @UnitOfWork()
  private async updateMethod(code: string, changes: Partial<ShippingMethodDetails>): Promise<ShippingMethodView> {
    const { statement } = currentUnit();
    const [row] = (
      await statement<MethodRow>(
        `SELECT ${METHOD_COLUMNS} FROM pricing.shipping_methods m WHERE code = $1 FOR UPDATE`,
        [code],
      )
    ).rows;
    if (!row) throw new ShippingMethodNotFound();
    const method = { ...viewOf(row), ...withValues(changes) };
    ensureOneCurrency(method);
    const { rows } = await statement<MethodRow>(
      `UPDATE pricing.shipping_methods m SET name = $2, price = $3, currency = $4, free_from = $5, countries = $6
       WHERE code = $1 RETURNING ${METHOD_COLUMNS}`,
      [code, ...valuesOf(method)],
    );
    return viewOf(rows[0]);
  }

  @UnitOfWork()
  private async upsertTaxRate(country: string, { rate, inclusive }: TaxRate): Promise<TaxRateView> {
    const { rows } = await currentUnit().statement<TaxRateView>(
      `INSERT INTO pricing.tax_rates (country, rate, inclusive) VALUES ($1, $2, $3)
       ON CONFLICT (country) DO UPDATE SET rate = excluded.rate, inclusive = excluded.inclusive
       RETURNING ${TAX_COLUMNS}`,
      [country, rate, inclusive],
    );
    return rows[0];
  }

  @UnitOfWork()
  private async delete(rowsWhoseKey: string, key: string, notFound: Error): Promise<void> {
    const { affected } = await currentUnit().statement(`DELETE FROM ${rowsWhoseKey} = $1`, [key]);
    if (!affected) throw notFound;
  }
}

function ensureOneCurrency({ price, freeFrom }: ShippingMethodDetails): void {
  if (freeFrom && freeFrom.currency !== price.currency) throw new FreeFromCurrencyMixed();
}

const valuesOf = ({ name, price, freeFrom, countries }: ShippingMethodDetails): unknown[] => [
  ...[name, price.amount, price.currency, freeFrom?.amount ?? null],
  countries && [...new Set(countries)].sort(),
];

function viewOf(row: MethodRow): ShippingMethodView {
  const { code, name, price, freeFrom, countries } = methodOf(row);
  return {
    ...{ code, name, price: price.toView() },
    ...(freeFrom && { freeFrom: freeFrom.toView() }),
    ...(countries && { countries: [...countries] }),
  };
}
