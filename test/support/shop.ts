import { type Api, type Caller, type Json, makeCustomers } from './api';
import type { TestDatabase } from './database';

let count = 0;

/** A shop to test in: an admin, products as they are needed, customers with tokens. */
export class Shop {
  private constructor(
    readonly api: Api,
    readonly database: TestDatabase,
    readonly admin: Caller,
  ) {}

  static async open(api: Api, database: TestDatabase): Promise<Shop> {
    const [admin] = await makeCustomers(database, 1, 'admin');
    return new Shop(api, database, api.as(admin.token));
  }

  async customer(): Promise<Caller & { id: string }> {
    return (await this.customers(1))[0];
  }

  async customers(n: number): Promise<(Caller & { id: string })[]> {
    const made = await makeCustomers(this.database, n);
    return made.map(({ id, token }) => Object.assign(this.api.as(token), { id }));
  }

  /** GBP; the sku and name are new unless given. */
  async product({
    price = '10.00',
    ...details
  }: {
    stock?: number;
    price?: string;
    sku?: string;
    name?: string;
    active?: boolean;
    unitLimit?: number;
    description?: string;
    categoryId?: string;
    externalId?: string;
    lowStockThreshold?: number;
  } = {}): Promise<Json> {
    const sku = `SKU-${++count}`;
    const body = { sku, name: `Product ${sku}`, stock: 10, ...details, price: { amount: price, currency: 'GBP' } };
    const { status, body: product } = await this.admin.send<Json>('POST', '/v1/products', body);
    if (status !== 201) throw new Error(JSON.stringify(product));
    return product;
  }

  async onHand(productId: string): Promise<number> {
    const [row] = await this.database.query<{ on_hand: number }>(
      'SELECT on_hand::int FROM catalog.products WHERE id = $1',
      [productId],
    );
    return row.on_hand;
  }

  /** What the carts of customers hold of a product, or held until it expired: whose, how many, still alive. */
  holds(productId: string): Promise<{ owner: string; quantity: number; alive: boolean }[]> {
    return this.database.query(
      `SELECT owner_id AS owner, quantity, expires_at > clock_timestamp() AS alive FROM catalog.holds
       WHERE product_id = $1 AND EXISTS (SELECT FROM cart.lines l WHERE l.product_id = $1 AND l.customer_id = owner_id)
       ORDER BY owner_id`,
      [productId],
    );
  }

  /** Lets the pause after all holds that have ended be over. */
  async passPauses(): Promise<void> {
    await this.database.query(
      `UPDATE catalog.holds SET expires_at = expires_at - interval '10 minutes' WHERE expires_at <= clock_timestamp()`,
    );
  }

  /** Moves the end of holds into the past; they stay until the next sweep. */
  async lapse(...products: { id: string }[]): Promise<void> {
    await this.database.query(
      `UPDATE catalog.holds SET expires_at = clock_timestamp() - interval '1 millisecond' WHERE product_id = ANY($1)`,
      [products.map(({ id }) => id)],
    );
  }

  /** Rows of the tables that an order or a cart writes: a refusal must leave all of these as they were. */
  async footprint(): Promise<Record<string, number>> {
    const tables = [
      'ordering.orders',
      'ordering.order_lines',
      'ordering.order_transitions',
      'catalog.stock_movements',
      'catalog.holds',
      'cart.carts',
      'cart.lines',
      'platform.outbox',
      'platform.idempotency_keys',
    ];
    const counts = tables.map((table) => `(SELECT count(*)::int FROM ${table}) AS "${table}"`);
    return (await this.database.query<Record<string, number>>(`SELECT ${counts.join(', ')}`))[0];
  }
}

export const ADDRESS = {
  ...{ name: 'Ann Lee', line1: '12 Mill Lane', city: 'Leeds', postalCode: 'LS1 4AP', country: 'GB' },
  phone: '+44 113 496 0000',
};

export const items = (...lines: [product: { id: string }, quantity: number][]) => ({
  items: lines.map(([{ id }, quantity]) => ({ productId: id, quantity })),
});
