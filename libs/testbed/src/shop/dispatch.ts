import { setTimeout as sleep } from 'node:timers/promises';
import { type Invoice, pence } from './online-retail';
import { inParallel, type ShopClient, UnexpectedAnswer } from './shop-client';
import { countUnits, type Done, type Item, type Order, type TradingDay } from './trading-day';

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
  /** In pence, by order. */
  private readonly refunds = new Map<string, bigint>();

  constructor(private readonly day: TradingDay) {}

  /** In pence. */
  get refunded(): bigint {
    return [...this.refunds.values()].reduce((sum, each) => sum + each, 0n);
  }

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
      const { status } = await this.orderNow(id);
      if (['paid', 'fulfilled'].includes(status)) return true;
      if (status === 'canceled' || Date.now() > deadline) return false;
      await sleep(BETWEEN_LOOKS_MS);
    }
  }

  private async orderNow(id: string): Promise<Order> {
    const answer = await this.day.admin.get<Order>(`/v1/orders/${id}`);
    if (!answer.ok) throw new UnexpectedAnswer(`Order ${id}`, answer);
    return answer.body;
  }

  private async shipPart({ id }: Order, key: string, items: Item[]): Promise<void> {
    const parcel = { carrier: 'Royal Mail', trackingNumber: key, trackingUrl: `https://track.example/${key}` };
    const answer = await this.day.admin.post(`/v1/fulfilments/${id}/shipments`, { items, ...parcel }, key);
    if (this.day.isDone(answer, this.shipments, key)) this.units.shipped += countUnits(items);
  }

  /** Each is of the newest order with one of its products, so the next run finds the same one, and its key. */
  async takeBack(invoices: Invoice[]): Promise<void> {
    for (const { kind, number, customer: name, lines } of invoices) {
      if (kind !== 'cancellation') continue;
      const customer = await this.day.customer(name);
      const backOf = ({ items }: Order): Item[] =>
        items.flatMap(({ productId, quantity }) => {
          const wanted = countUnits(lines.filter(({ sku }) => this.day.idOf(sku) === productId));
          return wanted > 0 ? [{ productId, quantity: Math.min(wanted, quantity) }] : [];
        });
      const order = (await customer.list<Order>('/v1/orders')).find((each) => backOf(each).length > 0);
      if (order) await this.takeBackItems(customer, order, backOf(order), number);
      else this.boughtEarlier++;
    }
  }

  private async takeBackItems(customer: ShopClient, { id }: Order, items: Item[], invoice: string): Promise<void> {
    const key = `invoice-${invoice}`;
    const request = { items, reason: `Invoice ${invoice}` };
    const asked = await customer.post<{ id: string }>(`/v1/orders/${id}/returns`, request, key);
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
    this.refunds.set(id, pence((await this.orderNow(id)).refunded.amount));
  }
}

function partsOf({ items }: Order): Item[][] {
  const bare = items.map(({ productId, quantity }) => ({ productId, quantity }));
  const half = Math.ceil(bare.length / 2);
  return [bare.slice(0, half), bare.slice(half)].filter(({ length }) => length > 0);
}
