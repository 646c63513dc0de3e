import { createHmac, randomUUID } from 'node:crypto';
import { type Invoice, type InvoiceLine, pence, pounds } from './online-retail';
import { type Account, type Answer, inParallel, ShopClient, type Traffic, UnexpectedAnswer } from './shop-client';

/** The lines that the service takes in one order. */
const MOST_LINES = 100;
/** The default limits of one cart: units of a product, and units in all. */
const MOST_OF_A_PRODUCT = 50;
const MOST_IN_A_CART = 199;
const AT_ONCE = 8;
/** The products in a cart that its customer abandons. */
const MOST_ABANDONED = 3;

/** Refusals that a customer may get while all is well. */
const REFUSALS = ['insufficient-stock', 'product-not-orderable', 'idempotency-key-reused'];

export interface Item {
  productId: string;
  quantity: number;
}

export interface Order {
  id: string;
  status: string;
  items: Item[];
  total: { amount: string };
  refunded: { amount: string };
}

/** An order of the day, and the Idempotency-Key under which it was placed. */
interface Placed {
  order: Order;
  key: string;
}

interface Cart {
  items: { productId: string; quantity: number; held: number }[];
}

/** Lines of carts, as far as this run has to do with them. */
interface Holds {
  made: number;
  ordered: number;
  /** Left behind, today or by an earlier run. */
  alive: number;
  expired: number;
}

/** Done now, or before and answered from its Idempotency-Key. */
export interface Done {
  fresh: number;
  replayed: number;
}

/** Lives the sample's day through the API, as its customers and the admin would, and counts what became of it. */
export class TradingDay {
  readonly placed: Done = { fresh: 0, replayed: 0 };
  readonly corrected: Done = { fresh: 0, replayed: 0 };
  readonly refused = new Map<string, number>();
  readonly holds: Holds = { made: 0, ordered: 0, alive: 0, expired: 0 };
  /** Answers that nothing here explains. */
  readonly unexpected: string[] = [];
  /** For the warehouse, which begins when the day is over. */
  readonly orders: Placed[] = [];
  placedAtOtherPrice = 0;
  unitsSold = 0;
  /** In pence. */
  revenue = 0n;

  private readonly customers = new Map<string, ShopClient>();
  readonly admin: ShopClient;

  constructor(
    private readonly shop: { baseUrl: string; admin: Account; traffic: Traffic },
    private readonly productIds: Map<string, string>,
  ) {
    this.admin = new ShopClient(shop.baseUrl, shop.admin, shop.traffic);
  }

  /** Sales and corrections: different customers at once, but the invoices of one customer one after the other. */
  async replay(invoices: Invoice[], onDone: () => void): Promise<void> {
    const turns = new Map<string, Promise<void>>();
    await inParallel(invoices, AT_ONCE, async (invoice) => {
      const turn = (turns.get(invoice.customer) ?? Promise.resolve()).then(() => this.follow(invoice));
      turns.set(invoice.customer, turn);
      await turn;
      onDone();
    });
    await this.abandonCarts(invoices);
  }

  private async follow(invoice: Invoice): Promise<void> {
    if (invoice.kind === 'correction') return this.correct(invoice);
    if (invoice.kind === 'cancellation') return; // is sent back once it was delivered
    for (const [index, lines] of ordersOf(invoice).entries())
      await this.place(invoice, `invoice-${invoice.number}-${index + 1}`, lines);
  }

  /**
   * One key for one order, whatever happens: a refusal leaves no trace, so a customer who is refused because prices
   * have changed buys at the shop's prices under the same key. On the next run that key refuses what was first asked
   * under it and replays what was confirmed. So each order is placed once in 24 hours, the life of a key, however often
   * this runs and whatever stock and prices have become.
   */
  private async place(invoice: Invoice, key: string, lines: InvoiceLine[]): Promise<void> {
    const customer = await this.customer(invoice.customer);
    const shipTo = addressOf(invoice);
    const items = lines.map(({ sku, quantity }) => ({ productId: this.idOf(sku), quantity }));
    const expected = lines.reduce((sum, { unitPrice, quantity }) => sum + unitPrice * BigInt(quantity), 0n);
    const expectedTotal = { amount: pounds(expected), currency: 'GBP' };
    const wanted = unitsOf(items);
    const buy = async (path: string, body: object) => {
      const first = await customer.post<Order>(path, { ...body, shipTo, expectedTotal }, key);
      const other = !first.ok && ['price-changed', 'idempotency-key-reused'].includes(first.problem.code);
      return { other, answer: other ? await customer.post<Order>(path, { ...body, shipTo }, key) : first };
    };
    let done: Awaited<ReturnType<typeof buy>>;
    if (habitOf(invoice.customer) === 'cart' && fitsIntoCart(wanted)) {
      await customer.delete('/v1/cart'); // what an interrupted run has left in it
      done = await buy('/v1/cart/checkout', {});
      // It was not ordered by an earlier run.
      if (!done.answer.ok && done.answer.problem.code === 'cart-empty') {
        const filled = await this.fill(customer, wanted);
        if (!filled.ok) return void this.isDone(filled, this.placed, key);
        done = await buy('/v1/cart/checkout', {});
        if (done.answer.ok) this.holds.ordered += wanted.size;
      }
    } else done = await buy('/v1/orders', { items });
    if (!this.isDone(done.answer, this.placed, key)) return;
    if (done.other) this.placedAtOtherPrice++;
    const order = done.answer.body;
    this.orders.push({ order, key });
    this.unitsSold += countUnits(order.items);
    this.revenue += pence(order.total.amount);
  }

  /** Adds all products or none, once. The key is new: what an earlier run put in is not in the cart any more. */
  private async fill(customer: ShopClient, wanted: Map<string, number>): Promise<Answer<Cart>> {
    const items = [...wanted].map(([productId, quantity]) => ({ productId, quantity }));
    const filled = await customer.post<Cart>('/v1/cart/items', { items }, randomUUID());
    if (filled.ok) this.holds.made += wanted.size;
    return filled;
  }

  /** At the end of the day some customers fill a cart and leave, unless they did so on an earlier run. */
  private async abandonCarts(invoices: Invoice[]): Promise<void> {
    const sales = invoices.filter(({ kind, customer }) => kind === 'sale' && habitOf(customer) === 'abandons');
    const first = new Map(sales.reverse().map((invoice) => [invoice.customer, invoice]));
    await inParallel([...first.values()], AT_ONCE, async ({ customer: number, lines }) => {
      const customer = await this.customer(number);
      const before = await customer.get<Cart>('/v1/cart');
      if (!before.ok) throw new UnexpectedAnswer(`The cart of customer-${number}`, before);
      const skus = new Set(lines.map(({ sku }) => sku));
      if (!before.body.items.length)
        for (const sku of [...skus].slice(0, MOST_ABANDONED)) {
          const put = await customer.put<Cart>(`/v1/cart/items/${this.idOf(sku)}`, { quantity: 1 });
          if (put.ok) this.holds.made++;
          else if (!REFUSALS.includes(put.problem.code))
            this.unexpected.push(new UnexpectedAnswer(`${sku} for the cart of customer-${number}`, put).message);
        }
      const after = await customer.get<Cart>('/v1/cart');
      if (!after.ok) throw new UnexpectedAnswer(`The cart of customer-${number}`, after);
      for (const { held } of after.body.items) this.holds[held > 0 ? 'alive' : 'expired']++;
    });
  }

  private async correct({ number, lines }: Invoice): Promise<void> {
    for (const [index, { sku, quantity }] of lines.entries()) {
      const key = `invoice-${number}-${index + 1}`;
      const body = { delta: quantity, reason: `Stock correction ${number}` };
      const answer = await this.admin.post(`/v1/products/${this.idOf(sku)}/stock-adjustments`, body, key);
      this.isDone(answer, this.corrected, key);
    }
  }

  /** Counts the answer: as done, as a refusal that is explained, or as unexpected. */
  isDone<Body>(answer: Answer<Body>, done: Done, what: string): answer is Extract<Answer<Body>, { ok: true }> {
    if (answer.ok) {
      done[answer.replayed ? 'replayed' : 'fresh']++;
      return true;
    }
    const { code } = answer.problem;
    if (REFUSALS.includes(code)) this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
    else this.unexpected.push(new UnexpectedAnswer(what, answer).message);
    return false;
  }

  async customer(number: string): Promise<ShopClient> {
    const known = this.customers.get(number);
    if (known) return known;
    const username = `customer-${number}`;
    // The password is equal in every run, yet a reader of this file cannot log in with it.
    const password = createHmac('sha256', this.shop.admin.password).update(username).digest('base64url');
    const customer = new ShopClient(this.shop.baseUrl, { username, password }, this.shop.traffic);
    await customer.register(`${username}@example.com`);
    this.customers.set(number, customer);
    return customer;
  }

  idOf(sku: string): string {
    const id = this.productIds.get(sku);
    if (id === undefined) throw new Error(`The shop has no product ${sku}: another client retires products meanwhile.`);
    return id;
  }
}

/** As few as the service allows. */
export function ordersOf({ lines }: Invoice): InvoiceLine[][] {
  const count = Math.ceil(lines.length / MOST_LINES);
  return Array.from({ length: count }, (_, index) => lines.slice(index * MOST_LINES, (index + 1) * MOST_LINES));
}

/** A third of the customers buy through the cart, a third fill one at the end of the day and leave. */
function habitOf(customer: string): 'cart' | 'abandons' | 'orders' {
  return ({ 0: 'cart', 1: 'abandons' } as const)[Number(customer) % 3] ?? 'orders';
}

/** The sample has no more of it than the country. */
const addressOf = ({ customer, country }: Invoice) => ({
  ...{ name: `Customer ${customer}`, line1: '1 Market Street', city: 'Anytown', postalCode: '12345', country },
});

export const countUnits = (items: { quantity: number }[]): number =>
  items.reduce((units, { quantity }) => units + quantity, 0);

function unitsOf(items: Item[]): Map<string, number> {
  const units = new Map<string, number>();
  for (const { productId, quantity } of items) units.set(productId, (units.get(productId) ?? 0) + quantity);
  return units;
}

function fitsIntoCart(wanted: Map<string, number>): boolean {
  const quantities = [...wanted.values()];
  return (
    Math.max(...quantities) <= MOST_OF_A_PRODUCT && quantities.reduce((sum, each) => sum + each, 0) <= MOST_IN_A_CART
  );
}
