import { Test, type TestingModule } from '@nestjs/testing';
import { CatalogModule, CatalogueService } from '@holdfast/catalog';
import { OrderCancellation, OrderingModule, OrderPlacement, OrderQueries } from '@holdfast/ordering';
import { loadSettings, OutboxRelay, OutboxRelayModule, PlatformModule } from '@holdfast/platform';
import { newId } from '@holdfast/shared-kernel';
import { DataSource } from 'typeorm';
import { databaseOptions } from '../../../ormconfig';
import { ProductQueries } from '../../../libs/catalog/src/application/product.queries';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { expectInvariants } from '../../support/invariants';
import { queriesOf } from '../../support/queries';

const money = (amount: string) => ({ amount, currency: 'GBP' });

describe('use cases on a real database', () => {
  let database: TestDatabase;
  let module: TestingModule;
  let catalogue: CatalogueService;
  let products: ProductQueries;
  let placement: OrderPlacement;
  let cancellation: OrderCancellation;
  let orders: OrderQueries;
  let admin: { id: string; role: 'admin' };

  beforeAll(async () => {
    database = await createTestDatabase();
    const settings = loadSettings(testEnvironment(database.url));
    module = await Test.createTestingModule({
      imports: [
        PlatformModule.forRoot(settings, databaseOptions(settings)),
        CatalogModule,
        OrderingModule,
        OutboxRelayModule,
      ],
    }).compile();
    [catalogue, products] = [module.get(CatalogueService), module.get(ProductQueries)];
    [placement, cancellation, orders] = [
      module.get(OrderPlacement),
      module.get(OrderCancellation),
      module.get(OrderQueries),
    ];
    admin = { id: newId(), role: 'admin' };
    await database.query(
      `INSERT INTO identity.customers (id, username, username_key, email, email_key, password_hash, role, active, version, created_at, updated_at)
       VALUES ($1, 'admin', 'admin', 'a@b.cd', 'a@b.cd', '$argon2id$unusable', 'admin', true, 1, now(), now())`,
      [admin.id],
    );
  });
  afterAll(async () => {
    await expectInvariants(database);
    await module.close();
    await database.drop();
  });

  const aProduct = (details: Partial<Parameters<CatalogueService['create']>[0]> = {}) =>
    catalogue.create({ sku: newId(), name: 'Thing', price: money('3.99'), stock: 10, ...details }, admin.id);

  it('reads a product back as it was written, whatever was changed', async () => {
    const created = await aProduct({ description: 'A "quoted", {braced} thing\\', active: false });
    expect((await products.one(created.id, admin)).product).toEqual(created);
    const changes = [
      { sku: newId() },
      { name: 'Other' },
      { description: '' },
      { price: money('9999999999.99') },
      { active: true },
      { unitLimit: 5 },
      { unitLimit: null },
      { stock: 3 },
    ];
    for (const change of changes) {
      const changed = await catalogue.change(created.id, change, admin.id);
      expect(changed).toMatchObject(change);
      expect((await products.one(created.id, admin)).product).toEqual(changed);
    }
  });

  it('reads an order back as it was written, placed and canceled', async () => {
    const [a, b] = [await aProduct(), await aProduct({ price: money('0') })];
    const placed = await placement.place(
      {
        items: [
          { productId: b.id, quantity: 2 },
          { productId: a.id, quantity: 3 },
        ],
      },
      admin.id,
    );
    expect(await orders.one(placed.id, admin)).toEqual(placed);
    const canceled = await cancellation.cancel(placed.id, admin);
    expect(canceled).toMatchObject({ status: 'canceled', items: placed.items });
    expect(await orders.one(placed.id, admin)).toEqual(canceled);
    expect((await orders.list({ limit: 1 }, admin)).items).toEqual([canceled]);
  });

  it('reads an order back whatever payments tell of it', async () => {
    const product = await aProduct();
    const placed = await placement.place({ items: [{ productId: product.id, quantity: 1 }] }, admin.id);
    const paymentId = newId();
    const tell = async (type: string, more: object) => {
      const payload = { paymentId, orderId: placed.id, provider: 'acme', ...more };
      await database.query('INSERT INTO platform.outbox (id, type, aggregate_id, payload) VALUES ($1, $2, $3, $4)', [
        ...[newId(), type, paymentId],
        payload,
      ]);
      await module.get(OutboxRelay).deliverAtOnce(paymentId);
    };
    await tell('payments.payment-started', { private: { clientSecret: 'secret' } });
    expect(await orders.one(placed.id, admin)).toMatchObject({
      status: 'payment_pending',
      payment: { status: 'pending', provider: 'acme', clientSecret: 'secret' },
    });
    await tell('payments.payment-failed', { reason: 'declined' });
    expect(await orders.one(placed.id, admin)).toMatchObject({
      status: 'canceled',
      payment: { status: 'failed', provider: 'acme' },
    });
  });

  it('books every movement of stock with its cause', async () => {
    const product = await aProduct({ stock: 10 });
    const order = await placement.place({ items: [{ productId: product.id, quantity: 4 }] }, admin.id);
    await cancellation.cancel(order.id, admin);
    const adjusted = await catalogue.adjustStock(product.id, { delta: -1, reason: 'broken' }, admin.id);
    const { items } = await products.movements(product.id, { limit: 10 });
    expect(items[0]).toEqual(adjusted);
    expect(
      items.map(({ kind, delta, balanceAfter, orderId, reason, actorId }) => [
        kind,
        delta,
        balanceAfter,
        orderId,
        reason,
        actorId,
      ]),
    ).toEqual([
      ['adjustment', -1, 9, null, 'broken', admin.id],
      ['order-canceled', 4, 10, order.id, null, admin.id],
      ['order-placed', -4, 6, order.id, null, admin.id],
      ['initial', 10, 10, null, null, admin.id],
    ]);
  });

  it('maps every column of every table it writes, so that none can be forgotten', async () => {
    // By the database, and by whoever sees a key used.
    const writtenByOthers = ['seq', 'last_used_at'];
    for (const { schema, tableName, columns } of module.get(DataSource).entityMetadatas) {
      const inDatabase = await database.query<{ column_name: string }>(
        'SELECT column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2',
        [schema, tableName],
      );
      const names = inDatabase.map(({ column_name: name }) => name).filter((name) => !writtenByOthers.includes(name));
      expect([tableName, columns.map(({ databaseName }) => databaseName).sort()]).toEqual([tableName, names.sort()]);
    }
  });

  it('locks the products of an order in id order, however it lists them', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 8; i++) ids.push((await aProduct()).id);
    const shuffled = [5, 2, 7, 0, 3, 6, 1, 4].map((i) => ids[i]);
    const placing = () =>
      placement.place({ items: shuffled.map((productId) => ({ productId, quantity: 1 })) }, admin.id);
    expect((await queriesOf(placing)).filter((sql) => /FOR UPDATE/.test(sql))).toEqual([
      expect.stringMatching(
        / FROM "?catalog"?\."?products"? WHERE "id" = ANY\(\$1\) ORDER BY "id" FOR UPDATE$/,
      ) as string,
    ]);
  });
});
