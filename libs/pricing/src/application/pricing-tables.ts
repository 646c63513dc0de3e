import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Address, Money, thousandthsOf } from '@holdfast/shared-kernel';
import { OutboxSignal, Reads } from '@holdfast/platform';
import { AddressRequired, ShippingMethodRequired, ShippingMethodUnavailable } from '../domain/pricing.errors';
import { priceOf, type ShippingMethod, ShippingRates, shipsTo, type ShippingTerms } from '../domain/shipping-rates';
import { NO_TAX, TaxCalculator, type TaxRate, termsOf, type TaxTerms } from '../domain/tax-calculator';

interface Tables {
  methods: readonly ShippingMethod[];
  /** The rate of the country that was asked for. */
  taxRate: TaxRate | null;
}

const EMPTY: Tables = { methods: [], taxRate: null };

/** A method as its row has it: amounts are decimals. */
export interface MethodRow {
  code: string;
  name: string;
  price: string;
  currency: string;
  freeFrom: string | null;
  countries: string[] | null;
}

export const METHOD_COLUMNS = `m.code, m.name, m.price::text, m.currency, m.free_from::text AS "freeFrom", m.countries`;
/** The type under which other processes are notified that methods or rates have changed. */
const CHANGED = 'pricing.tables-changed';
/** Bounds how long a lost notification goes unnoticed. */
const REMEMBERED_MS = 60_000;

/**
 * The shop's shipping methods and tax rates, read before an order locks anything. That the shop has none of either is
 * remembered until it is notified of a change, so that orders of such a shop cost no statement.
 */
@Injectable()
export class PricingTables implements OnApplicationBootstrap {
  private generation = 0;
  private emptyUntil = 0;
  private readonly reading = new Map<string, Promise<Tables>>();

  constructor(
    private readonly reads: Reads,
    private readonly signal: OutboxSignal,
  ) {
    signal.subscribe((types) => {
      if (types.includes(CHANGED)) this.forget();
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.signal.listen();
  }

  /** Call it after the commit of a change. */
  changed(): void {
    this.signal.notify([CHANGED]);
  }

  /** Callers of one moment share a read. */
  read(country = ''): Promise<Tables> {
    if (performance.now() < this.emptyUntil) return Promise.resolve(EMPTY);
    const reading = this.reading.get(country) ?? this.readFresh(country);
    this.reading.set(country, reading);
    queueMicrotask(() => this.reading.delete(country));
    return reading;
  }

  private async readFresh(country: string): Promise<Tables> {
    const { generation } = this;
    const [{ methods, taxRate, hasRates }] = await this.reads.query<
      Pick<Tables, 'taxRate'> & { methods: MethodRow[]; hasRates: boolean }
    >(
      `SELECT coalesce((SELECT json_agg(r) FROM (SELECT ${METHOD_COLUMNS} FROM pricing.shipping_methods m) r), '[]')
                AS methods,
              (SELECT json_build_object('rate', t.rate::text, 'inclusive', t.inclusive)
               FROM pricing.tax_rates t WHERE t.country = $1) AS "taxRate",
              EXISTS (SELECT FROM pricing.tax_rates) AS "hasRates"`,
      [country],
      'pricing tables',
    );
    // The notification of a change that this read has missed comes during the read, or empties the memory after it.
    if (!methods.length && !hasRates && generation === this.generation)
      this.emptyUntil = performance.now() + REMEMBERED_MS;
    return { methods: methods.map(methodOf), taxRate };
  }

  private forget(): void {
    this.generation += 1;
    this.emptyUntil = 0;
  }
}

export const methodOf = ({ price, currency, freeFrom, ...row }: MethodRow): ShippingMethod => ({
  ...row,
  price: Money.of(thousandthsOf(price), currency),
  freeFrom: freeFrom === null ? null : Money.of(thousandthsOf(freeFrom), currency),
});

/** Prices shipping by the shop's own methods. */
@Injectable()
export class TableShippingRates extends ShippingRates {
  constructor(private readonly tables: PricingTables) {
    super();
  }

  async termsFor(code: string | undefined, shipTo: Address | undefined): Promise<ShippingTerms> {
    const { methods } = await this.tables.read(shipTo?.country);
    if (!methods.length && code === undefined) return NO_SHIPPING;
    if (methods.length && !shipTo) return refusedBy(new AddressRequired());
    if (code === undefined) return refusedBy(new ShippingMethodRequired());
    const method = methods.find((each) => each.code === code && shipTo && shipsTo(each, shipTo.country));
    if (!method) return refusedBy(new ShippingMethodUnavailable(code));
    return { method: code, priceFor: (subtotal) => priceOf(method, subtotal) };
  }
}

const NO_SHIPPING: ShippingTerms = { method: null, priceFor: ({ currency }) => Money.of(0n, currency) };

const refusedBy = (refusal: Error): ShippingTerms => ({
  method: null,
  priceFor: () => {
    throw refusal;
  },
});

/** Taxes by the shop's own rates. */
@Injectable()
export class TableTaxCalculator extends TaxCalculator {
  constructor(private readonly tables: PricingTables) {
    super();
  }

  async termsFor(shipTo: Address | undefined): Promise<TaxTerms> {
    if (!shipTo) return NO_TAX;
    const { taxRate } = await this.tables.read(shipTo.country);
    return taxRate ? termsOf(taxRate) : NO_TAX;
  }
}
