import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '@holdfast/shared-kernel';
import { type Answer, Api, type Json } from '../../support/api';
import { until } from '../../support/eventually';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';

describe('a process that is killed while it sells', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await database.drop();
  });

  it('loses nothing it acknowledged; a retry under the same key settles what it left open, elsewhere', async () => {
    const [survivor, victim] = await Promise.all([Api.start(database), Api.start(database)]);
    const shop = await Shop.open(survivor, database);
    const product = await shop.product({ stock: 150 });
    const buyers = await shop.customers(200);

    const orders = buyers.map((buyer) => ({
      buyer,
      key: { 'idempotency-key': newId() },
      atVictim: victim.as(buyer.token),
    }));
    const order = items([product, 1]);
    const acknowledged = new Map<string, string>();
    let answered = 0;
    const first = orders.map(async ({ atVictim, key }, i) => {
      await sleep(i * 4);
      const answer: Answer<Json> = await atVictim.post('/v1/orders', order, key);
      answered++;
      if (answer.status === 201) acknowledged.set(key['idempotency-key'], answer.body.id as string);
    });
    await until(() => answered >= 60);
    expect(await victim.stop('SIGKILL')).toBe('SIGKILL');
    const outcomes = await Promise.allSettled(first);
    const unknown = outcomes.filter(({ status }) => status === 'rejected').length;
    expect(unknown).toBeGreaterThan(0);
    expect(acknowledged.size).toBeGreaterThanOrEqual(60);

    // Every client repeats, acknowledged or not, as one whose connection broke would.
    const answers = await Promise.all(orders.map(({ buyer, key }) => buyer.post('/v1/orders', order, key)));
    const settled = answers.map(({ status }) => status);
    expect(settled.filter((status) => status === 201)).toHaveLength(150);
    expect(settled.filter((status) => status === 409)).toHaveLength(50);
    orders.forEach(({ key }, i) => {
      const id = acknowledged.get(key['idempotency-key']);
      if (id) expect([answers[i].status, answers[i].body.id]).toEqual([201, id]);
    });
    expect(await shop.onHand(product.id as string)).toBe(0);
    const [{ n }] = await database.query<{ n: number }>('SELECT count(*)::int AS n FROM ordering.orders');
    expect(n).toBe(150);
    await expectInvariants(database);
    await survivor.stop();
  });
});
