import { Test, type TestingModule } from '@nestjs/testing';
import { BulkCatalogue, CatalogModule, CatalogueService } from '@holdfast/catalog';
import {
  OrderCancellation,
  type OrderFilter,
  OrderingModule,
  OrderPlacement,
  OrderQueries,
  type OrderView,
} from '@holdfast/ordering';
import { OrderDeskApiModule } from '@holdfast/order-desk';
import { loadSettings, OutboxRelay, OutboxRelayModule, PlatformModule } from '@holdfast/platform';
import { newId, orderNumber } from '@holdfast/shared-kernel';
import { DataSource } from 'typeorm';
import { databaseOptions } from '../../../ormconfig';
import { OrderNotes } from '../../../libs/order-desk/src/application/order-notes.service';
import { ProductQueries } from '../../../libs/catalog/src/application/product.queries';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { expectInvariants } from '../../support/invariants';
import { queriesOf } from '../../support/queries';

const image = (n: number) => ({ url: `https://images.example/${n}.jpg`, alt: n % 2 ? `Image ${n}` : null });
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
        OrderDeskApiModule,
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
    expect(await products.get(created.id, admin)).toEqual(created);
    const changes = [
      { sku: newId() },
      { name: 'Other' },
      { description: '' },
      { price: money('9999999999.99') },
      { active: true },
      { unitLimit: 5 },
      { unitLimit: null },
      { stock: 3 },
      { images: [image(1), image(2)], image: image(1) },
      { name: 'Other again', images: [image(1), image(2)] },
      { images: [image(3)], image: image(3) },
      { images: [], image: null },
    ];
    for (const { image: _first, ...change } of changes) {
      const changed = await catalogue.change(created.id, change, admin.id);
      expect(changed).toMatchObject(change);
      expect(await products.get(created.id, admin)).toEqual(changed);
    }
  });

  it('keeps in an order the first image of the moment, and all other images of a product that is sold', async () => {
    const images = [image(1), image(2), image(3)];
    const pictured = await aProduct({ images });
    const plain = await aProduct();
    const lines = [pictured, plain].map(({ id: productId }) => ({ productId, quantity: 1 }));
    const placed = await placement.place({ items: lines }, admin.id);
    const imagesIn = ({ items }: OrderView) =>
      [pictured, plain].map(({ id }) => items.find(({ productId }) => productId === id)!.image);
    expect(imagesIn(placed)).toEqual([image(1), null]);
    expect((await products.get(pictured.id)).images).toEqual(images);
    await catalogue.change(pictured.id, { images: [image(4)] }, admin.id);
    expect(imagesIn(await orders.one(placed.id, admin))).toEqual([image(1), null]);
    expect(await orders.one(placed.id, admin)).toEqual({ ...placed, items: expect.anything() as unknown });
    await cancellation.cancel(placed.id, admin);
    expect((await products.get(pictured.id)).images).toEqual([image(4)]);
  });

  it('keeps the descriptions of products that are changed in one statement with another one', async () => {
    const skus = [newId(), newId(), newId()];
    for (const sku of skus) await aProduct({ sku, description: `about ${sku}` });
    const changes = [{ description: 'new' }, { stock: 7 }, { description: `about ${skus[2]}` }];
    const entries = skus.map((sku, index) => ({
      sku,
      categoryId: undefined,
      forKnown: () => ({ command: changes[index] }),
      forNew: () => ({ errors: [] }),
    }));
    const results = await module.get(BulkCatalogue).bring(entries, 'a file', admin.id);
    expect(results.map(({ result }) => result)).toEqual(['changed', 'changed', 'unchanged']);
    const rows = await database.query<{ description: string }>(
      'SELECT description FROM catalog.products WHERE sku = ANY($1)',
      [skus],
    );
    expect(rows.map(({ description }) => description).sort()).toEqual(
      ['new', `about ${skus[1]}`, `about ${skus[2]}`].sort(),
    );
  });

  it('lists products with little stock for admins alone, sold-out ones included', async () => {
    const low = [
      await aProduct({ stock: 2, lowStockThreshold: 2 }),
      await aProduct({ stock: 0, lowStockThreshold: 0, active: false }),
    ];
    for (const others of [{ stock: 3, lowStockThreshold: 2 }, { stock: 0 }]) await aProduct(others);
    const list = (reader?: { id: string; role: 'admin' }) =>
      products.list({ lowStock: true, sort: 'createdAt', limit: 100 }, reader);
    expect((await list(admin)).items.map(({ id }) => id)).toEqual(low.map(({ id }) => id));
    expect((await list()).items).toEqual([]);
  });

  it('keeps the notes of admins about an order', async () => {
    const { id: productId } = await aProduct();
    const order = await placement.place({ items: [{ productId, quantity: 1 }] }, admin.id);
    const notes = module.get(OrderNotes);
    const written = [await notes.write(order.id, 'Call first.', admin), await notes.write(order.id, 'Called.', admin)];
    expect(written[0]).toMatchObject({ text: 'Call first.', by: admin.id });
    expect(await notes.list(order.id, admin)).toEqual(written);
    await expect(notes.write(newId(), 'Nothing.', admin)).rejects.toMatchObject({ code: 'order-not-found' });
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

  it('reads an order back whatever happens to its payment', async () => {
    const product = await aProduct();
    const placed = await placement.place({ items: [{ productId: product.id, quantity: 1 }] }, admin.id);
    const paymentId = newId();
    const emit = async (type: string, more: object) => {
      const payload = { paymentId, orderId: placed.id, provider: 'acme', ...more };
      await database.query('INSERT INTO platform.outbox (id, type, aggregate_id, payload) VALUES ($1, $2, $3, $4)', [
        ...[newId(), type, paymentId],
        payload,
      ]);
      await module.get(OutboxRelay).deliverAtOnce(paymentId);
    };
    await emit('payments.payment-started', { private: { clientSecret: 'secret', approvalUrl: null } });
    expect(await orders.one(placed.id, admin)).toMatchObject({
      status: 'payment_pending',
      payment: { status: 'pending', provider: 'acme', clientSecret: 'secret' },
    });
    await emit('payments.payment-failed', { reason: 'declined' });
    expect(await orders.one(placed.id, admin)).toMatchObject({
      status: 'canceled',
      payment: { status: 'failed', provider: 'acme' },
    });
  });

  describe('finding orders', () => {
    const customers = [newId(), newId()].map((id) => ({ id, role: 'customer' as const }));
    const [ann, bob] = customers;
    const found: Record<string, OrderView> = {};
    let tea: string;
    let mug: string;

    beforeAll(async () => {
      for (const { id } of customers)
        await database.query(
          `INSERT INTO identity.customers (id, username, username_key, email, email_key, password_hash, role, active,
             version, created_at, updated_at)
           VALUES ($1, $2, $2, $2 || '@b.cd', $2 || '@b.cd', '$argon2id$unusable', 'customer', true, 1, now(), now())`,
          [id, `c${id.slice(-12)}`],
        );
      [tea, mug] = [(await aProduct()).id, (await aProduct()).id];
      const place = (customer: { id: string }, ...products: string[]) =>
        placement.place({ items: products.map((productId) => ({ productId, quantity: 1 })) }, customer.id);
      found.a1 = await place(ann, tea);
      found.a2 = await place(ann, tea, mug);
      found.b1 = await place(bob, mug);
      found.b2 = await cancellation.cancel((await place(bob, tea)).id, bob);
    });

    const namesOf = (list: OrderView[]) =>
      list.map(({ id }) => Object.keys(found).find((name) => found[name].id === id)).filter(Boolean);
    const today = () => found.a1.number.slice(0, 8);
    const at = (iso: string, milliseconds: number) => new Date(Date.parse(iso) + milliseconds).toISOString();

    it.each<[string, () => Partial<OrderFilter>, string[]]>([
      ['its number', () => ({ number: found.a2.number }), ['a2']],
      ['its number in lower case', () => ({ number: ` ${found.a2.number.toLowerCase()} ` }), ['a2']],
      ['its number, O for 0, L for 1', () => ({ number: found.b1.number.replace(/0(?=[^-]*$)/g, 'O') }), ['b1']],
      ['the beginning of its number', () => ({ number: found.b1.number.slice(0, 16) }), ['b1']],
      ['its day and a hyphen', () => ({ number: `${today()}-` }), ['b2', 'b1', 'a2', 'a1']],
      ['its month', () => ({ number: today().slice(0, 6) }), ['b2', 'b1', 'a2', 'a1']],
      ['its century', () => ({ number: today().slice(0, 2) }), ['b2', 'b1', 'a2', 'a1']],
      ['another century', () => ({ number: '19' }), []],
      ['a day that does not exist', () => ({ number: '20260231' }), []],
      ['no number', () => ({ number: '%' }), []],
      ['a number with a hyphen too early', () => ({ number: `${today().slice(0, 6)}-` }), []],
      ['its product', () => ({ productId: mug }), ['b1', 'a2']],
      ['its status and product', () => ({ status: 'canceled', productId: tea }), ['b2']],
      ['its customer and product', () => ({ customerId: ann.id, productId: tea }), ['a2', 'a1']],
      ['its moment', () => ({ placedAfter: found.a2.placedAt, placedBefore: at(found.a2.placedAt, 1) }), ['a2']],
      ['a moment that is over', () => ({ placedBefore: at(found.a1.placedAt, -1_000) }), []],
      ['a moment to come', () => ({ placedAfter: at(found.b2.placedAt, 1) }), []],
      ['q, its number', () => ({ q: found.a1.number }), ['a1']],
      ['q, a customer', () => ({ q: 'someone', customersFound: [bob.id] }), ['b2', 'b1']],
      ['q, nobody', () => ({ q: 'someone', customersFound: [] }), []],
      ['q, a number or a customer', () => ({ q: found.a1.number, customersFound: [bob.id] }), ['b2', 'b1', 'a1']],
    ])('finds an order by %s', async (_by, filter, expected) => {
      const list = await orders.list({ limit: 100, ...filter() }, admin);
      expect(namesOf(list.items)).toEqual(expected);
      for (const item of list.items) {
        const order = Object.values(found).find(({ id }) => id === item.id);
        if (order) expect(item).toEqual(order);
      }
      const pages: OrderView[] = [];
      for (let cursor: string | undefined; ;) {
        const page = await orders.list({ limit: 1, cursor, ...filter() }, admin);
        pages.push(...page.items);
        if (!page.nextCursor) break;
        cursor = page.nextCursor;
      }
      expect(namesOf(pages)).toEqual(expected);
    });

    it('shows customers their own orders, whatever they look for', async () => {
      for (const filter of [{ customerId: bob.id }, { q: found.b1.number }, { q: 'x', customersFound: [bob.id] }])
        expect(namesOf((await orders.list({ limit: 100, ...filter }, ann)).items)).toEqual(['a2', 'a1']);
      expect((await orders.list({ limit: 100, number: found.b1.number }, ann)).items).toEqual([]);
    });

    it('binds a cursor to its filters', async () => {
      const filters: Partial<OrderFilter>[] = [
        {},
        { number: today() },
        { placedAfter: at(found.a1.placedAt, -5) },
        { placedBefore: at(found.b2.placedAt, 5) },
        { productId: tea },
        { status: 'reserved' },
        { customerId: ann.id },
        { q: today() },
      ];
      for (const [i, filter] of filters.entries()) {
        const { nextCursor } = await orders.list({ limit: 1, ...filter }, admin);
        const other = filters[(i + 1) % filters.length];
        await expect(orders.list({ limit: 1, cursor: nextCursor!, ...other }, admin)).rejects.toMatchObject({
          code: 'invalid-cursor',
        });
      }
    });

    it('computes the number of an order in the database as in the code', async () => {
      const ids = Array.from({ length: 200 }, () => newId());
      ids.push('00000000-0000-7000-8000-000000000000', 'e677d21f-dbff-7fff-bfff-ffffffffffff');
      const rows = await database.query<{ id: string; number: string }>(
        'SELECT id, ordering.order_number(id) AS number FROM unnest($1::uuid[]) AS id',
        [ids],
      );
      expect(rows).toEqual(ids.map((id) => ({ id, number: orderNumber(id) })));
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
    // The database computes the first two; the access guard writes the last.
    const writtenByOthers = ['seq', 'number', 'last_used_at'];
    for (const { schema, tableName, columns } of module.get(DataSource).entityMetadatas) {
      const inDatabase = await database.query<{ column_name: string }>(
        'SELECT column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2',
        [schema, tableName],
      );
      const names = inDatabase.map(({ column_name: name }) => name).filter((name) => !writtenByOthers.includes(name));
      expect([tableName, columns.map(({ databaseName }) => databaseName).sort()]).toEqual([tableName, names.sort()]);
    }
  });

  it('locks what the customer has not paid, then the products in id order, however the order lists them', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 8; i++) ids.push((await aProduct()).id);
    const shuffled = [5, 2, 7, 0, 3, 6, 1, 4].map((i) => ids[i]);
    const placing = () =>
      placement.place({ items: shuffled.map((productId) => ({ productId, quantity: 1 })) }, admin.id);
    const locks = (await queriesOf(placing)).filter((sql) => /FOR UPDATE/.test(sql));
    expect(locks.filter((sql) => sql.includes('description'))).toEqual([]);
    expect(locks).toEqual([
      expect.stringMatching(/ FROM ordering\.unpaid_orders WHERE "customer_id" = ANY\(\$1\)/) as string,
      expect.stringMatching(
        / FROM "?catalog"?\."?products"? WHERE "id" = ANY\(\$1\) ORDER BY "id" FOR UPDATE$/,
      ) as string,
    ]);
  });
});
