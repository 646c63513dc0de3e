/**
 * A real day of a real shop, read from `libs/testbed/data/online-retail.csv`. The README beside that file names its
 * source and what is done with each kind of untidiness; nothing is left out without being counted.
 */
import { parse } from 'csv-parse/sync';

export interface Product {
  sku: string;
  name: string;
  /** In pence. */
  price: bigint;
  /** Units that all sales ask for together, and units in the largest of them. */
  demand: number;
  largestSale: number;
}

export interface InvoiceLine {
  sku: string;
  /** Positive, except in a correction that takes stock away. */
  quantity: number;
  /** In pence: what this customer was charged, which is not always the product's price. */
  unitPrice: bigint;
}

export interface Invoice {
  number: string;
  kind: 'sale' | 'cancellation' | 'correction';
  at: Date;
  customer: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** As on the invoice: a product may stand on several lines. */
  lines: InvoiceLine[];
}

export interface SkippedLine {
  invoice: string;
  sku: string;
  reason: 'not goods' | 'correction of a product without name and price';
}

export interface Sample {
  products: Product[];
  /** In time order. */
  invoices: Invoice[];
  skipped: SkippedLine[];
  /** How often something was put right that a careless reader would stumble over. */
  tidied: {
    blanksInNames: number;
    skusInLowerCase: number;
    productsWithSeveralNames: number;
    productsWithSeveralPrices: number;
    skusRepeatedInAnInvoice: number;
    linesWithoutCustomer: number;
  };
}

/** The customer of all lines without one: walk-in customers share this account. */
export const WALK_IN = 'walk-in';

/** The countries of the sample, by the names that it has for them. */
const COUNTRIES = new Map([
  ['United Kingdom', 'GB'],
  ['Norway', 'NO'],
  ['Germany', 'DE'],
  ['EIRE', 'IE'],
  ['France', 'FR'],
  ['Australia', 'AU'],
  ['Netherlands', 'NL'],
]);

type Column =
  'InvoiceNo' | 'StockCode' | 'Description' | 'Quantity' | 'InvoiceDate' | 'UnitPrice' | 'CustomerID' | 'Country';

interface Row extends InvoiceLine {
  invoice: string;
  kind: Invoice['kind'];
  at: Date;
  customer: string;
  country: string;
  name: string;
  tidied: { name: boolean; sku: boolean; customer: boolean };
}

/** Throws on a line of an unknown form, so that no wrong shop is loaded. */
export function parseOnlineRetail(csv: string | Buffer): Sample {
  const records = parse<Record<Column, string>>(csv, { bom: true, columns: true });
  const rows = records.map(readRow);
  const goods = rows.filter(({ sku }) => isGoods(sku));
  const products = productsOf(goods);
  const known = new Set(products.map(({ sku }) => sku));

  const kept = goods.filter(({ sku }) => known.has(sku));
  const skipped = rows
    .filter(({ sku }) => !known.has(sku))
    .map(({ invoice, sku }): SkippedLine => {
      const reason = isGoods(sku) ? 'correction of a product without name and price' : 'not goods';
      return { invoice, sku, reason };
    });

  const named = kept.filter(({ kind }) => kind !== 'correction');
  const severalIn = (value: (row: Row) => unknown): number =>
    groups(named, ({ sku }) => sku).filter((group) => new Set(group.map(value)).size > 1).length;
  const tidied = {
    blanksInNames: kept.filter((row) => row.tidied.name).length,
    skusInLowerCase: kept.filter((row) => row.tidied.sku).length,
    productsWithSeveralNames: severalIn(({ name }) => name),
    productsWithSeveralPrices: severalIn(({ unitPrice }) => unitPrice),
    skusRepeatedInAnInvoice: groups(named, ({ invoice, sku }) => `${invoice} ${sku}`).filter(({ length }) => length > 1)
      .length,
    linesWithoutCustomer: named.filter((row) => row.tidied.customer).length,
  };
  return { products, invoices: invoicesOf(kept), skipped, tidied };
}

/** Five digits and perhaps letters; anything else is a service, a fee or a discount: POST, DOT, C2, D, M … */
const isGoods = (sku: string): boolean => /^\d{5}[A-Z]*$/.test(sku);

function readRow(record: Record<Column, string>, index: number): Row {
  const name = record.Description.trim().replace(/\s+/g, ' ');
  const sku = record.StockCode.toUpperCase();
  const unitPrice = pence(record.UnitPrice);
  const quantity = /^-?\d+$/.test(record.Quantity) ? Number(record.Quantity) : NaN;
  const kind = record.InvoiceNo.startsWith('C')
    ? 'cancellation'
    : name === '' && unitPrice === 0n
      ? 'correction'
      : 'sale';
  const understood = { sale: quantity > 0, cancellation: quantity < 0, correction: quantity !== 0 }[kind];
  if (!understood || !Number.isSafeInteger(quantity))
    throw new Error(`Line ${index + 2} of the sample: a ${kind} of ${record.Quantity} units makes no sense.`);
  const country = COUNTRIES.get(record.Country);
  if (country === undefined) throw new Error(`Line ${index + 2} of the sample: "${record.Country}" is no country.`);
  return {
    invoice: record.InvoiceNo,
    kind,
    at: timeOf(record.InvoiceDate),
    customer: record.CustomerID || WALK_IN,
    country,
    sku,
    name,
    quantity: kind === 'cancellation' ? -quantity : quantity,
    unitPrice,
    tidied: { name: name !== record.Description, sku: sku !== record.StockCode, customer: record.CustomerID === '' },
  };
}

/** The shop uses the most frequent name and the most frequent price; of equally frequent ones the first counts. */
function productsOf(goods: Row[]): Product[] {
  return groups(
    goods.filter(({ kind }) => kind !== 'correction'),
    ({ sku }) => sku,
  ).map((rows) => {
    const sales = groups(
      rows.filter(({ kind }) => kind === 'sale'),
      ({ invoice }) => invoice,
    ).map((lines) => lines.reduce((sum, { quantity }) => sum + quantity, 0));
    return {
      sku: rows[0].sku,
      name: mostFrequent(rows.map(({ name }) => name).filter((name) => name !== '')),
      price: mostFrequent(rows.map(({ unitPrice }) => unitPrice)),
      demand: sales.reduce((sum, units) => sum + units, 0),
      largestSale: Math.max(0, ...sales),
    };
  });
}

function invoicesOf(rows: Row[]): Invoice[] {
  return groups(rows, ({ invoice, kind }) => `${invoice} ${kind}`)
    .map((lines): Invoice => {
      const { invoice: number, kind, at, customer, country } = lines[0];
      const bare = lines.map(({ sku, quantity, unitPrice }) => ({ sku, quantity, unitPrice }));
      return { number, kind, at, customer, country, lines: bare };
    })
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** In order of first appearance. */
function groups<T>(items: T[], key: (item: T) => string): T[][] {
  const byKey = new Map<string, T[]>();
  for (const item of items) {
    const group = byKey.get(key(item));
    if (group) group.push(item);
    else byKey.set(key(item), [item]);
  }
  return [...byKey.values()];
}

function mostFrequent<T>(values: T[]): T {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const most = Math.max(...counts.values());
  for (const [value, count] of counts) if (count === most) return value;
  throw new Error('A product of the sample has no name.');
}

/** `12-01-2010 08:26` is the first of December, in London, where it then was UTC. */
function timeOf(text: string): Date {
  const [, month, day, year, time] = /^(\d\d)-(\d\d)-(\d{4}) (\d\d:\d\d)$/.exec(text) ?? [];
  const at = new Date(time === undefined ? NaN : `${year}-${month}-${day}T${time}:00Z`);
  if (Number.isNaN(at.getTime())) throw new Error(`"${text}" in the sample is not a time.`);
  return at;
}

/** `2.1` is 210 pence. Whole numbers, because sums of floats drift. */
export function pence(text: string): bigint {
  const [, pounds, decimals = ''] = /^(\d+)(?:\.(\d{1,2}))?$/.exec(text) ?? [];
  if (pounds === undefined) throw new Error(`"${text}" is not a price.`);
  return BigInt(pounds + decimals.padEnd(2, '0'));
}

/** 210 pence are `2.10`. */
export function pounds(amount: bigint): string {
  const digits = amount.toString().padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
