import { Api, type Json } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { DEFAULT_ORDER_LIMITS } from '../../support/environment';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';

const CALLS = 40;

describe('calls of one customer at one gate, on two processes', () => {
  let database: TestDatabase;
  let apis: Api[];
  let shop: Shop;

  const start = async (environment: NodeJS.ProcessEnv) => {
    database = await createTestDatabase();
    const settings = { ...DEFAULT_ORDER_LIMITS, ...environment };
    // A provider that is never asked: no worker runs here.
    const provider = { PAYMENT_PROVIDERS: 'simulator', PAYMENT_SIMULATOR_URL: 'http://127.0.0.1:9' };
    apis = await Promise.all([1, 2].map(() => Api.start(database, { ...provider, ...settings })));
    shop = await Shop.open(apis[0], database);
  };
  const stop = async () => {
    await Promise.all(apis.map((api) => api.stop()));
    await database.drop();
  };

  /** The answers of all calls, which are sent at once, half of them to each process. */
  const atOnce = async (token: string, call: (caller: ReturnType<Api['as']>, i: number) => Promise<Json>) => {
    const answers = await Promise.all(
      Array.from({ length: CALLS }, (_, i) => call(apis[i % apis.length].as(token), i)),
    );
    const counts: Record<string, number> = {};
    for (const { status, body } of answers as { status: number; body: Json }[]) {
      const outcome = status < 300 ? 'won' : `${status} ${body.code}`;
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
    return counts;
  };

  describe('with the limits of the README', () => {
    beforeAll(() => start({}));
    afterAll(stop);

    it.each([1, 2, 3])('place exactly five orders, round %i', async () => {
      const [ann, cup] = [await shop.customer(), await shop.product({ stock: CALLS })];
      const counts = await atOnce(ann.token!, (caller) => caller.post('/v1/orders', items([cup, 1])));
      expect(counts).toEqual({ won: 5, '409 unpaid-order-limit': CALLS - 5 });
      expect(await shop.onHand(cup.id as string)).toBe(CALLS - 5);
      await expectInvariants(database, { unpaidOrders: 5, unpaidUnits: 500 });
    });

    it('place and cancel until the count is what is left', async () => {
      const [ann, cup] = [await shop.customer(), await shop.product({ stock: CALLS })];
      const placed: string[] = [];
      await atOnce(ann.token!, async (caller) => {
        const answer = await caller.post('/v1/orders', items([cup, 1]));
        if (answer.status === 201) {
          placed.push(answer.body.id as string);
          await caller.post(`/v1/orders/${answer.body.id}/cancel`);
        }
        return answer;
      });
      expect(placed.length).toBeGreaterThanOrEqual(5);
      const [row] = await database.query(
        'SELECT orders, units::int FROM ordering.unpaid_orders WHERE customer_id = $1',
        [ann.id],
      );
      expect(row).toEqual({ orders: 0, units: 0 });
      await expectInvariants(database, { unpaidOrders: 5 });
    });
  });

  describe('with a limit of twenty units', () => {
    beforeAll(() => start({ UNPAID_ORDER_LIMIT: '0', UNPAID_UNITS_LIMIT: '20' }));
    afterAll(stop);

    it.each([1, 2, 3])('take exactly twenty, in orders and in holds together, round %i', async () => {
      const [ann, cup, bag] = [
        await shop.customer(),
        await shop.product({ stock: CALLS }),
        await shop.product({ stock: CALLS }),
      ];
      const counts = await atOnce(ann.token!, (caller, i) =>
        i % 4 < 2
          ? caller.post('/v1/orders', items([cup, 1]))
          : caller.post('/v1/cart/items', { productId: bag.id as string, quantity: 1 }),
      );
      expect(counts).toEqual({ won: 20, '409 unpaid-units-limit': CALLS - 20 });
      const [held] = await shop.holds(bag.id as string);
      expect(CALLS - (await shop.onHand(cup.id as string)) + held.quantity).toBe(20);
      await expectInvariants(database, { unpaidUnits: 20 });
    });
  });
});
