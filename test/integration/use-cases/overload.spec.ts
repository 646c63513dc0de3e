import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newId } from '@holdfast/shared-kernel';
import { headersOf, statusOf } from '@holdfast/platform/problems';
import { Overloaded } from '@holdfast/ordering';
import { WEBHOOK_SECRETS } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { PaymentShop, type PlacedOrder } from '../../support/payment-shop';

/** A payment provider that takes its time: one payment in each `pace` milliseconds, whoever asks. */
class SlowProvider {
  pace = 100;
  isDown = false;
  private readonly waiting: ServerResponse[] = [];
  private readonly server: Server = createServer((request, response) => {
    if (this.isDown) return void response.writeHead(503).end();
    this.waiting.push(response);
  });
  private timer?: NodeJS.Timeout;

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const answer = () => {
      const body = JSON.stringify({ id: newId(), status: 'pending' });
      this.waiting.shift()?.writeHead(201, { 'content-type': 'application/json' }).end(body);
      this.timer = setTimeout(answer, this.pace);
    };
    answer();
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    clearTimeout(this.timer);
    this.server.close();
    this.server.closeAllConnections();
  }
}

const BACKLOG = 80;
const LATE = '3 hours';

describe('more orders than can be paid', () => {
  const provider = new SlowProvider();
  let shop: PaymentShop;
  let orders: PlacedOrder[];
  /** Whose event the worker meets when the others are done. */
  let last: PlacedOrder;

  beforeAll(async () => {
    const environment = {
      ...{ PAYMENT_SIMULATOR_URL: await provider.start(), PAYMENT_WEBHOOK_SECRETS: WEBHOOK_SECRETS[0] },
      ...{ OUTBOX_CONCURRENCY: '2', BACKLOG_LIMIT: '1s', PAYMENT_RECONCILE_AFTER: '1s' },
    };
    shop = await PaymentShop.open(environment, { relay: 'stopped' });
    orders = await placeAll();
    last = await shop.place();
    await postpone(last, '1 day');
  });
  afterAll(async () => {
    await shop.close();
    provider.stop();
  });

  const placeAll = async () => {
    const placed: PlacedOrder[] = [];
    while (placed.length < BACKLOG) placed.push(await shop.place());
    return placed;
  };
  const postpone = ({ id }: PlacedOrder, by: string) =>
    shop.database.query(
      `UPDATE platform.outbox SET next_attempt_at = clock_timestamp() + $2::interval WHERE aggregate_id = $1`,
      [id, by],
    );
  const statuses = async (of: PlacedOrder[]) =>
    new Set(await Promise.all(of.map(async ({ now }) => (await now()).status)));
  /** Lets the orders have waited for so long. */
  const age = () =>
    shop.database.query(
      `UPDATE platform.outbox SET occurred_at = occurred_at - interval '${LATE}',
         payload = jsonb_set(payload, '{placedAt}', to_jsonb(clock_timestamp() - interval '${LATE}'))
       WHERE type = 'ordering.order-placed'`,
    );

  it('are all accepted while no worker runs, and none is canceled for its wait', async () => {
    await age();
    expect(await shop.reconcile()).toBe(0);
    expect(await statuses([...orders, last])).toEqual(new Set(['reserved']));
  });

  it('are refused with 503 and Retry-After before the backlog exceeds BACKLOG_LIMIT, and accepted once it is worked off', async () => {
    shop.startRelay();
    let refusal: unknown;
    await eventually(async () => {
      await shop.place().then(
        (order) => orders.push(order),
        (error: unknown) => (refusal = error),
      );
      expect(refusal).toBeInstanceOf(Overloaded);
    }, 30_000);
    const { code } = refusal as Overloaded;
    expect([code, statusOf(refusal as Overloaded)]).toEqual(['overloaded', 503]);
    expect(Number(headersOf(refusal as Overloaded)['retry-after'])).toBeGreaterThanOrEqual(1);

    provider.pace = 1;
    await eventually(async () => void orders.push(await shop.place()), 30_000);
  });

  it('are canceled only when no provider takes them on in time after their wait', async () => {
    await eventually(async () => expect(await statuses(orders)).toEqual(new Set(['payment_pending'])));
    provider.isDown = true;
    await postpone(last, '0');
    await shop.quiet();
    await shop.reconcile();
    expect((await last.now()).status).toBe('reserved');
  });
});
