import { createHmac } from 'node:crypto';
import { type Invoice, type InvoiceLine, pence, pounds } from './online-retail';
import { type Account, type Answer, inParallel, ShopClient, type Traffic, UnexpectedAnswer } from './shop-client';

/** What the service takes in one order. */
const MOST_LINES = 100;
const AT_ONCE = 8;

/** What somebody may be told without anything being wrong. */
const REFUSALS = ['insufficient-stock', 'product-not-orderable', 'order-not-cancellable', 'idempotency-key-reused'];

interface Order {
  id: string;
  items: { productId: string; quantity: number }[];
  total: { amount: string };
}

/** Done now, or before and answered from its Idempotency-Key. */
interface Done {
  fresh: number;
  replayed: number;
}

/** Lives the sample's day through the API, as its customers and the admin would, and counts what became of it. */
export class TradingDay {
  readonly placed: Done = { fresh: 0, replayed: 0 };
  readonly canceled: Done = { fresh: 0, replayed: 0 };
  readonly corrected: Done = { fresh: 0, replayed: 0 };
  readonly refused = new Map<string, number>();
  /** Answers that nothing here explains. */
  readonly unexpected: string[] = [];
  placedAtOtherPrice = 0;
  boughtEarlier = 0;
  unitsSold = 0;
  /** In pence. */
  revenue = 0n;

  private readonly customers = new Map<string, ShopClient>();
  private readonly admin: ShopClient;

  constructor(
    private readonly shop: { baseUrl: string; admin: Account; traffic: Traffic },
    private readonly productIds: Map<string, string>,
  ) {
    this.admin = new ShopClient(shop.baseUrl, shop.admin, shop.traffic);
  }

  /** Different customers at once, but the invoices of one customer one after the other. */
  async replay(invoices: Invoice[], onDone: () => void): Promise<void> {
    const turns = new Map<string, Promise<void>>();
    await inParallel(invoices, AT_ONCE, async (invoice) => {
      const turn = (turns.get(invoice.customer) ?? Promise.resolve()).then(() => this.follow(invoice));
      turns.set(invoice.customer, turn);
      await turn;
      onDone();
    });
  }

  private async follow(invoice: Invoice): Promise<void> {
    if (invoice.kind === 'correction') return this.correct(invoice);
    const customer = await this.customer(invoice.customer);
    if (invoice.kind === 'cancellation') return this.cancel(customer, invoice);
    for (const [index, lines] of ordersOf(invoice).entries())
      await this.place(customer, `invoice-${invoice.number}-${index + 1}`, lines);
  }

  /**
   * One key for one order, whatever happens: a refusal leaves no trace, so a customer who is told that prices have
   * changed buys at the shop's prices under the same key. On the next run that key refuses what was first asked under
   * it and replays what was confirmed. So each order is placed once in 24 hours, the life of a key, however often this
   * runs and whatever stock and prices have become.
   */
  private async place(customer: ShopClient, key: string, lines: InvoiceLine[]): Promise<void> {
    const items = lines.map(({ sku, quantity }) => ({ productId: this.idOf(sku), quantity }));
    const expected = lines.reduce((sum, { unitPrice, quantity }) => sum + unitPrice * BigInt(quantity), 0n);
    const asked = { items, expectedTotal: { amount: pounds(expected), currency: 'GBP' } };
    const first = await customer.post<Order>('/v1/orders', asked, key);
    const other = !first.ok && ['price-changed', 'idempotency-key-reused'].includes(first.problem.code);
    const answer = other ? await customer.post<Order>('/v1/orders', { items }, key) : first;
    if (!this.isDone(answer, this.placed, key)) return;
    if (other) this.placedAtOtherPrice++;
    this.sell(answer.body, 1);
  }

  /** A whole order: giving back a part of one is a refund. */
  private async cancel(customer: ShopClient, { number, lines }: Invoice): Promise<void> {
    const returned = new Set(lines.map(({ sku }) => this.idOf(sku)));
    const orders = await customer.list<Order>('/v1/orders');
    // The newest, canceled or not: so the next run finds the same one, and its key.
    const order = orders.find(({ items }) => items.some(({ productId }) => returned.has(productId)));
    if (!order) {
      this.boughtEarlier++;
      return;
    }
    const key = `invoice-${number}`;
    const answer = await customer.post<Order>(`/v1/orders/${order.id}/cancel`, undefined, key);
    if (this.isDone(answer, this.canceled, key)) this.sell(answer.body, -1);
  }

  private async correct({ number, lines }: Invoice): Promise<void> {
    for (const [index, { sku, quantity }] of lines.entries()) {
      const key = `invoice-${number}-${index + 1}`;
      const body = { delta: quantity, reason: `Stock correction ${number}` };
      const answer = await this.admin.post(`/v1/products/${this.idOf(sku)}/stock-adjustments`, body, key);
      this.isDone(answer, this.corrected, key);
    }
  }

  private isDone<Body>(answer: Answer<Body>, done: Done, what: string): answer is Extract<Answer<Body>, { ok: true }> {
    if (answer.ok) {
      done[answer.replayed ? 'replayed' : 'fresh']++;
      return true;
    }
    const { code } = answer.problem;
    if (REFUSALS.includes(code)) this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
    else this.unexpected.push(new UnexpectedAnswer(what, answer).message);
    return false;
  }

  private sell({ items, total }: Order, sign: 1 | -1): void {
    this.unitsSold += sign * items.reduce((sum, { quantity }) => sum + quantity, 0);
    this.revenue += BigInt(sign) * pence(total.amount);
  }

  private async customer(number: string): Promise<ShopClient> {
    const known = this.customers.get(number);
    if (known) return known;
    const username = `customer-${number}`;
    // The same in every run, yet nothing that a reader of this file could log in with.
    const password = createHmac('sha256', this.shop.admin.password).update(username).digest('base64url');
    const customer = new ShopClient(this.shop.baseUrl, { username, password }, this.shop.traffic);
    await customer.register(`${username}@example.com`);
    this.customers.set(number, customer);
    return customer;
  }

  private idOf(sku: string): string {
    const id = this.productIds.get(sku);
    if (id === undefined) throw new Error(`The shop has no product ${sku}: somebody retires products meanwhile.`);
    return id;
  }
}

/** As few as the service allows. */
export function ordersOf({ lines }: Invoice): InvoiceLine[][] {
  const count = Math.ceil(lines.length / MOST_LINES);
  return Array.from({ length: count }, (_, index) => lines.slice(index * MOST_LINES, (index + 1) * MOST_LINES));
}
