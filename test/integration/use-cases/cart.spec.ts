import { Test, type TestingModule } from '@nestjs/testing';
import { CartCheckout, CartFilling, CartModule, CartQueries, CartSweep } from '@holdfast/cart';
import { CatalogModule, CatalogueService, StockService } from '@holdfast/catalog';
import { OrderingModule, OrderPlacement } from '@holdfast/ordering';
import { loadSettings, PlatformModule } from '@holdfast/platform';
import { UnitOfWorkRunner } from '@holdfast/platform/unit-of-work';
import { newId } from '@holdfast/shared-kernel';
import { Client } from 'pg';
import { databaseOptions } from '../../../ormconfig';
import { makeCustomers } from '../../support/api';
import { NO_TERMS } from '../../../libs/ordering/src/domain/order-totals';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { expectInvariants } from '../../support/invariants';
import { queriesOf } from '../../support/queries';

describe('carts on a real database', () => {
  let database: TestDatabase;
  let module: TestingModule;
  let filling: CartFilling;
  let carts: CartQueries;
  let placement: OrderPlacement;
  let ann: string;
  let bob: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    const settings = loadSettings(testEnvironment(database.url));
    const imports = [
      PlatformModule.forRoot(settings, databaseOptions(settings)),
      CatalogModule,
      OrderingModule,
      CartModule,
    ];
    module = await Test.createTestingModule({ imports }).compile();
    [filling, carts, placement] = [module.get(CartFilling), module.get(CartQueries), module.get(OrderPlacement)];
  });
  beforeEach(async () => {
    [ann, bob] = (await makeCustomers(database, 2)).map(({ id }) => id);
  });
  afterEach(() => expectInvariants(database));
  afterAll(async () => {
    await module.close();
    await database.drop();
  });

  const aProduct = async (stock = 10, unitLimit?: number) => {
    const price = { amount: '3.99', currency: 'GBP' };
    return (
      await module.get(CatalogueService).create({ sku: newId(), name: 'Thing', price, stock, unitLimit }, newId())
    ).id;
  };
  const inOneUnit = <T>(work: () => Promise<T>): Promise<T> => module.get(UnitOfWorkRunner).run(work);
  const some = (productId: string, quantity: number) => [{ productId, quantity }];
  const heldOf = (productId: string) =>
    database.query(
      'SELECT owner_id AS owner, quantity FROM catalog.holds WHERE product_id = $1 AND expires_at > clock_timestamp() ORDER BY owner_id',
      [productId],
    );

  it('deletes carts that nobody has touched for 30 days, with their lines, and leaves one in use alone', async () => {
    const product = await aProduct();
    const [old, used, young] = (await makeCustomers(database, 3)).map(({ id }) => id);
    for (const customer of [old, used, young]) await filling.add(some(product, 1), customer);
    const touch = (customer: string, days: string) =>
      database.query(`UPDATE cart.carts SET updated_at = clock_timestamp() - $2::interval WHERE customer_id = $1`, [
        customer,
        days,
      ]);
    await database.query(`UPDATE catalog.holds SET expires_at = clock_timestamp() - interval '30 days'`);
    await module.get(StockService).sweepHolds();
    await touch(old, '30 days 1 second');
    await touch(used, '31 days');
    await touch(young, '29 days 23 hours');
    const holder = new Client(database.url);
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM cart.carts WHERE customer_id = $1 FOR UPDATE', [used]);
    expect(await module.get(CartSweep).sweep()).toBe(1);
    await holder.query('ROLLBACK');
    await holder.end();
    const left = async () => {
      const rows = await database.query<{ id: string; lines: number }>(
        `SELECT c.customer_id AS id, count(l)::int AS lines FROM cart.carts c LEFT JOIN cart.lines l USING (customer_id)
         WHERE c.customer_id = ANY ($1) GROUP BY 1 ORDER BY 1`,
        [[old, used, young]],
      );
      return rows.map(({ id, lines }) => [id, lines]);
    };
    expect(await left()).toEqual([used, young].sort().map((id) => [id, 1]));
    expect(await module.get(CartSweep).sweep()).toBe(1);
    expect(await left()).toEqual([[young, 1]]);
    await filling.add(some(product, 1), old);
    expect((await carts.of(old)).items).toMatchObject([{ quantity: 1 }]);
  });

  it('reads a cart back as it was written, whatever becomes of its lines', async () => {
    const [a, b] = [await aProduct(), await aProduct()];
    expect(await filling.add([...some(b, 2), ...some(a, 1)], ann)).toEqual(await carts.of(ann));
    expect(await filling.set(b, 5, ann)).toEqual(await carts.of(ann));
    expect(await filling.set(b, 0, ann)).toEqual(await carts.of(ann));
    const cart = await filling.add(some(b, 1), ann);
    expect(cart.items.map(({ productId, quantity }) => [productId, quantity])).toEqual([
      [a, 1],
      [b, 1],
    ]);
    expect(cart).toEqual(await carts.of(ann));
    await filling.clear(ann);
    expect((await carts.of(ann)).items).toEqual([]);
  });

  it('shows each call in a unit of work the effects of the calls before it', async () => {
    const product = await aProduct(10);
    await filling.add(some(product, 2), bob);
    await inOneUnit(async () => {
      expect((await filling.add(some(product, 3), ann)).items[0]).toMatchObject({ held: 3, available: 8 });
      expect((await filling.add(some(product, 5), bob)).items[0]).toMatchObject({ quantity: 7, held: 7, available: 7 });
      expect((await filling.set(product, 2, ann)).items[0]).toMatchObject({ held: 2, available: 3 });
      await placement.placeOn(NO_TERMS, { items: some(product, 1) }, ann);
      expect((await filling.set(product, 9, bob)).items[0]).toMatchObject({ held: 9, available: 9 });
      await filling.clear(bob);
      expect((await filling.set(product, 9, ann)).items[0]).toMatchObject({ held: 9, available: 9 });
    });
    expect(await heldOf(product)).toEqual([{ owner: ann, quantity: 9 }]);
    const tooMuch = inOneUnit(async () => {
      await filling.set(product, 8, ann);
      await filling.add(some(product, 2), bob);
    });
    await expect(tooMuch).rejects.toMatchObject({
      details: { items: [{ productId: product, requested: 2, available: 1 }] },
    });
    expect(await heldOf(product)).toEqual([{ owner: ann, quantity: 9 }]);
  });

  it('counts orders of the same unit of work toward the unit limit of the customer', async () => {
    const product = await aProduct(10, 3);
    const twice = inOneUnit(async () => {
      await placement.placeOn(NO_TERMS, { items: some(product, 2) }, ann);
      await placement.placeOn(NO_TERMS, { items: some(product, 2) }, ann);
    });
    await expect(twice).rejects.toMatchObject({
      details: { productId: product, limit: 3, requested: 2, alreadyOrdered: 2 },
    });
    await inOneUnit(async () => {
      await placement.placeOn(NO_TERMS, { items: some(product, 3) }, ann);
      await placement.placeOn(NO_TERMS, { items: some(product, 3) }, bob);
    });
  });

  describe('orders in one batch', () => {
    /** The outcome of each order, and the statements that were sent for all. */
    const together = async (orders: (() => Promise<unknown>)[]) => {
      let results: PromiseSettledResult<unknown>[] = [];
      const sent = await queriesOf(async () => {
        results = await Promise.allSettled(orders.map((order) => order()));
      });
      const codes = results.map((each) =>
        each.status === 'fulfilled' ? 'placed' : (each.reason as { code: string }).code,
      );
      return { codes, sent };
    };

    it('read the holds with one statement, leave the holds of others, and are refused one by one', async () => {
      const product = await aProduct(10);
      await filling.add(some(product, 4), ann);
      await filling.add(some(product, 1), bob);
      const crowd = (await makeCustomers(database, 12)).map(({ id }) => id);
      const { codes, sent } = await together([
        // The second, which is the first of the batch, is refused.
        ...crowd.map((customer, i) => () => placement.place({ items: some(product, i === 1 ? 99 : 1) }, customer)),
        () => placement.place({ items: some(product, 4) }, ann),
        // Refused twice, and keeps the hold.
        ...[98, 99].map((quantity) => () => placement.place({ items: some(product, quantity) }, bob)),
      ]);
      expect(codes.filter((code) => code === 'placed')).toHaveLength(6);
      expect([codes[1], codes[12]]).toEqual(['insufficient-stock', 'placed']);
      expect(new Set(codes)).toEqual(new Set(['placed', 'insufficient-stock']));
      // The first goes alone, the rest together, newcomers a turn later, and the second order of a customer at last.
      expect(sent.filter((sql) => /WITH clock/.test(sql))).toHaveLength(4);
      expect(sent).not.toContain('ROLLBACK');
      expect(await heldOf(product)).toEqual([{ owner: bob, quantity: 1 }]);
      await filling.clear(bob);
    });

    it('count toward one unit limit, and are refused one by one for limit or price', async () => {
      const product = await aProduct(100, 3);
      const wrong = { amount: '1.00', currency: 'GBP' };
      const { codes, sent } = await together(
        Array.from(
          { length: 12 },
          (_, i) => () =>
            placement.place(
              { items: some(product, 1), expectedTotal: i % 4 === 3 ? wrong : undefined },
              i % 2 ? ann : bob,
            ),
        ),
      );
      const ofBob = Array<string>(3).fill('placed').concat(Array<string>(3).fill('unit-limit-exceeded'));
      expect(codes.filter((_, i) => i % 2 === 0)).toEqual(ofBob);
      expect(codes.filter((_, i) => i % 2 === 1)).toEqual([
        ...['placed', 'price-changed', 'placed', 'price-changed', 'placed', 'unit-limit-exceeded'],
      ]);
      expect(sent).not.toContain('ROLLBACK');
    });
  });

  it('sweeps expired holds, except one that is extended at that moment', async () => {
    const [a, b] = [await aProduct(), await aProduct()];
    await filling.add([...some(a, 2), ...some(b, 1)], ann);
    await filling.add(some(a, 3), bob);
    await database.query(`UPDATE catalog.holds SET expires_at = clock_timestamp() WHERE product_id = ANY($1)`, [
      [a, b],
    ]);
    await inOneUnit(async () => {
      await filling.set(a, 3, bob);
      // By another transaction, after bob's hold was read and before it is written.
      await database.query('DELETE FROM catalog.holds WHERE expires_at <= clock_timestamp()');
    });
    expect([await heldOf(a), await heldOf(b)]).toEqual([[{ owner: bob, quantity: 3 }], []]);
    await database.query(
      `UPDATE catalog.holds SET expires_at = clock_timestamp() - interval '10 minutes' WHERE owner_id = $1`,
      [bob],
    );
    await filling.add(some(b, 1), ann);
    expect(await module.get(StockService).sweepHolds()).toBe(1);
    expect([await heldOf(a), await heldOf(b)]).toMatchObject([[{ owner: ann }], [{ owner: ann, quantity: 2 }]]);
  });

  it('empties a cart only with its order', async () => {
    const product = await aProduct(3);
    await filling.add(some(product, 2), ann);
    const wrong = module.get(CartCheckout).checkOut({ expectedTotal: { amount: '1.00', currency: 'GBP' } }, ann);
    await expect(wrong).rejects.toMatchObject({ code: 'price-changed' });
    expect((await carts.of(ann)).items).toMatchObject([{ quantity: 2, held: 2 }]);
  });
});
