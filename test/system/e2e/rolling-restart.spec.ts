import { Client } from 'pg';
import { Api, type Caller, Worker } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually, until, untilBlocked } from '../../support/eventually';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';

const PROBE_EVERY_MS = 100;

/** Shares out requests among those that were ready when it last looked; repeats none. */
class Balancer {
  private instances: Api[] = [];
  private ready: Api[] = [];
  private turn = 0;
  private readonly probing = setInterval(() => void this.probe(), PROBE_EVERY_MS);

  async put(...instances: Api[]): Promise<void> {
    this.instances = instances;
    await this.probe();
  }

  get next(): Api {
    return this.ready[this.turn++ % this.ready.length];
  }

  isSent(api: Api): boolean {
    return this.ready.includes(api);
  }

  close(): void {
    clearInterval(this.probing);
  }

  private async probe(): Promise<void> {
    const isReady = async (api: Api) =>
      (await fetch(`${api.url}/health/ready`).catch(() => undefined))?.status === 200 ? [api] : [];
    this.ready = (await Promise.all(this.instances.map(isReady))).flat();
  }
}

describe('stopping', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await database.drop();
  });

  it('OPS-12 loses no request while two instances restart one after the other at 50 requests a second', async () => {
    const drain = { DRAIN_DELAY: '3s' };
    let [first, second] = await Promise.all([Api.start(database, drain), Api.start(database, drain)]);
    const worker = await Worker.start(database);
    const shop = await Shop.open(first, database);
    const product = await shop.product({ stock: 1_000_000 });
    const buyers = await shop.customers(20);
    const balancer = new Balancer();
    await balancer.put(first, second);

    const answers: Promise<{ status: number; id?: string }>[] = [];
    const request = async (buyer: Caller): Promise<{ status: number; id?: string }> => {
      const { status, body } = await balancer.next.as(buyer.token).post('/v1/orders', items([product, 1]));
      return { status, id: body.id as string };
    };
    const load = setInterval(() => {
      answers.push(request(buyers[answers.length % buyers.length]).catch(() => ({ status: 0 })));
    }, 20);
    const restart = async (old: Api): Promise<Api> => {
      const exit = old.stop();
      // Ready says no at once, and what still comes is served.
      await old.logged('api is shutting down');
      expect((await old.as().get('/health/ready')).status).toBe(503);
      expect((await old.as().get('/health/live')).status).toBe(200);
      expect((await old.as().get('/v1/products?limit=1')).status).toBe(200);
      expect(await exit).toBe(0);
      return Api.start(database, drain);
    };

    await until(() => answers.length > 50);
    first = await restart(first);
    await balancer.put(first, second);
    second = await restart(second);
    await balancer.put(first, second);
    expect([first, second].map((api) => balancer.isSent(api))).toEqual([true, true]);
    const sofar = answers.length;
    await until(() => answers.length > Math.max(sofar + 50, 150));
    clearInterval(load);
    const all = await Promise.all(answers);
    balancer.close();

    expect(all.length).toBeGreaterThan(150);
    expect(all.filter(({ status }) => status !== 201)).toEqual([]);
    const known = await database.query('SELECT FROM ordering.orders WHERE id = ANY ($1)', [all.map(({ id }) => id)]);
    expect(known).toHaveLength(all.length);
    expect(await shop.onHand(product.id as string)).toBe(1_000_000 - all.length);
    for (const process of [worker, first, second]) expect(await process.stop()).toBe(0);
    await expectInvariants(database);
  }, 300_000);

  it('is not ready on a database that lacks a migration, though alive', async () => {
    const behind = await createTestDatabase();
    const api = await Api.start(behind);
    const anyone = api.as();
    expect((await anyone.get('/health/ready')).status).toBe(200);
    const [{ name }] = await behind.query<{ name: string }>(
      'DELETE FROM migrations WHERE id = (SELECT max(id) FROM migrations) RETURNING name',
    );
    const answer = await anyone.get('/health/ready');
    expect([answer.status, answer.body.code]).toEqual([503, 'service-unavailable']);
    expect(api.lines.filter(({ message }) => message === 'the database lacks migrations')[0]['missing']).toEqual([
      name,
    ]);
    expect((await anyone.get('/health/live')).status).toBe(200);
    await api.stop();
    await behind.drop();
  });

  it('ends with 1, and says so, when what is in flight takes longer than SHUTDOWN_TIMEOUT', async () => {
    const api = await Api.start(database, { SHUTDOWN_TIMEOUT: '1s' });
    const shop = await Shop.open(api, database);
    const [product, buyer] = [await shop.product(), await shop.customer()];
    const holder = new Client(database.url);
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM catalog.products WHERE id = $1 FOR UPDATE', [product.id]);
    const unanswered = buyer.post('/v1/orders', items([product, 1])).catch(() => 'lost');
    await untilBlocked(database);
    const begun = Date.now();
    expect(await api.stop()).toBe(1);
    expect(Date.now() - begun).toBeLessThan(10_000);
    expect(await unanswered).toBe('lost');
    expect(api.lines.map(({ message }) => message)).toContain('api could not finish within 1000 ms');
    await holder.query('ROLLBACK');
    await holder.end();
    await eventually(() => expectInvariants(database), 20_000);
  });
});
