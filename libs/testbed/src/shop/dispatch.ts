import { setTimeout as sleep } from 'node:timers/promises';
import { type Invoice, pence } from './online-retail';
import { inParallel, UnexpectedAnswer } from './shop-client';
import type { Done, Order, TradingDay } from './trading-day';

interface Item {
  productId: string;
  quantity: number;
}

const AT_ONCE = 8;
/** For the payments of a whole day. */
const PATIENCE_MS = 120_000;
const BETWEEN_LOOKS_MS = 250;
/** Of a product that comes back, one unit in so many cannot be sold again. */
const ONE_IS_BROKEN_IN = 6;

/** Ships what the day has sold once it is paid, and takes back what customers return; counts both. */
export class Dispatch {
  readonly shipments: Done = { fresh: 0, replayed: 0 };
  readonly returns: Done = { fresh: 0, replayed: 0 };
  /** Orders that were canceled, or not paid in time. */
  notPaid = 0;
  boughtEarlier = 0;
  readonly units = { shipped: 0, restocked: 0, writtenOff: 0 };
  /** In pence. */
  refunded = 0n;

  constructor(private readonly day: TradingDay) {}

  /** An order of several products leaves in two parts. Every part has a key of its own, so it leaves once. */
  async ship(onDone: () => void): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    await inParallel(this.day.orders, AT_ONCE, async ({ order, key }) => {
      if (await this.isPaid(order, deadline))
        for (const [index, items] of partsOf(order).entries())
          await this.shipPart(order, `${key}-parcel-${index + 1}`, items);
      else this.notPaid++;
      onDone();
    });
  }

  private async isPaid({ id }: Order, deadline: number): Promise<boolean> {
    for (;;) {
      const answer = await this.day.admin.get<Order>(`/v1/orders/${id}`);
      if (!answer.ok) throw new UnexpectedAnswer(`Order ${id}`, answer);
      if (['paid', 'fulfilled'].includes(answer.body.status)) return true;
      if (answer.body.status === 'canceled' || Date.now() > deadline) return false;
      await sleep(BETWEEN_LOOKS_MS);
    }
  }

  private async shipPart({ id }: Order, key: string, items: Item[]): Promise<void> {
    const parcel = { carrier: 'Royal Mail', trackingNumber: key, trackingUrl: `https://track.example/${key}` };
    const answer = await this.day.admin.post(`/v1/fulfilments/${id}/shipments`, { items, ...parcel }, key);
    if (this.day.isDone(answer, this.shipments, key)) this.units.shipped += sum(items);
  }

  /** Each is of the newest order with one of its products, so the next run finds the same one, and its key. */
  async takeBack(invoices: Invoice[]): Promise<void> {
    for (const invoice of invoices.filter(({ kind }) => kind === 'cancellation')) {
      const customer = await this.day.customer(invoice.customer);
      const orders = await customer.list<Order>('/v1/orders');
      const backOf = (order: Order): (Item & { unitPrice: bigint })[] =>
        order.items.flatMap(({ productId, quantity, unitPrice }) => {
          const wanted = sum(invoice.lines.filter(({ sku }) => this.day.idOf(sku) === productId));
          const back = { productId, quantity: Math.min(wanted, quantity), unitPrice: pence(unitPrice.amount) };
          return wanted > 0 ? [back] : [];
        });
      const order = orders.find((each) => backOf(each).length > 0);
      if (order) await this.takeBackItems(invoice, order, backOf(order));
      else this.boughtEarlier++;
    }
  }

  private async takeBackItems(invoice: Invoice, order: Order, back: (Item & { unitPrice: bigint })[]): Promise<void> {
    const customer = await this.day.customer(invoice.customer);
    const key = `invoice-${invoice.number}`;
    const items = back.map(({ productId, quantity }) => ({ productId, quantity }));
    const request = { items, reason: `Invoice ${invoice.number}` };
    const asked = await customer.post<{ id: string }>(`/v1/orders/${order.id}/returns`, request, key);
    if (!asked.ok) return void this.day.isDone(asked, this.returns, key);
    const arrived = items.map(({ productId, quantity }) => {
      const writeOff = Math.ceil(quantity / ONE_IS_BROKEN_IN);
      return { productId, restock: quantity - writeOff, writeOff };
    });
    const path = `/v1/returns/${asked.body.id}/receive`;
    const received = await this.day.admin.post(path, { items: arrived }, `${key}-received`);
    if (!this.day.isDone(received, this.returns, key)) return;
    for (const { restock, writeOff } of arrived) {
      this.units.restocked += restock;
      this.units.writtenOff += writeOff;
    }
    this.refunded += back.reduce((total, { quantity, unitPrice }) => total + BigInt(quantity) * unitPrice, 0n);
  }
}

function partsOf({ items }: Order): Item[][] {
  const bare = items.map(({ productId, quantity }) => ({ productId, quantity }));
  const half = Math.ceil(bare.length / 2);
  return [bare.slice(0, half), bare.slice(half)].filter(({ length }) => length > 0);
}

const sum = (items: { quantity: number }[]): number => items.reduce((units, { quantity }) => units + quantity, 0);
