import { Test, type TestingModule } from '@nestjs/testing';
import { BulkCatalogue, CatalogModule, CatalogueService } from '@holdfast/catalog';
import { FulfilmentModule, GoodsReturns, Shipping } from '@holdfast/fulfilment';
import { InventoryFeeds, InventorySyncModule } from '@holdfast/inventory-sync';
import { OrderCancellation, OrderingModule, OrderPayment, OrderPlacement } from '@holdfast/ordering';
import { loadSettings, PlatformModule } from '@holdfast/platform';
import { Clock, newId } from '@holdfast/shared-kernel';
import { Client } from 'pg';
import { databaseOptions } from '../../../ormconfig';
import { ProductQueries } from '../../../libs/catalog/src/application/product.queries';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { untilBlocked } from '../../support/eventually';

/** The clock of the process is off, so that a time of its own shows. */
const OFF_MS = 900;

describe('the time of a stock movement', () => {
  let database: TestDatabase;
  let module: TestingModule;
  const admin = { id: newId(), role: 'admin' as const };

  beforeAll(async () => {
    database = await createTestDatabase();
    const settings = loadSettings(testEnvironment(database.url));
    module = await Test.createTestingModule({
      imports: [
        PlatformModule.forRoot(settings, databaseOptions(settings)),
        ...[CatalogModule, OrderingModule, FulfilmentModule, InventorySyncModule],
      ],
    })
      .overrideProvider(Clock)
      .useValue({ now: () => new Date(Date.now() - OFF_MS) })
      .compile();
  });
  afterAll(async () => {
    await module.close();
    await database.drop();
  });

  const of = <T>(type: new (...args: never[]) => T): T => module.get<T>(type);
  const sku = () => newId();
  const aProduct = () => {
    const details = { sku: sku(), name: 'Thing', price: { amount: '10.00', currency: 'GBP' }, stock: 10 };
    return of(CatalogueService).create(details, admin.id);
  };
  type Product = Awaited<ReturnType<typeof aProduct>>;
  const order = async ({ id: productId }: Product) =>
    (await of(OrderPlacement).place({ items: [{ productId, quantity: 2 }] }, admin.id, 'admin')).id;
  const paid = async (product: Product) => {
    const id = await order(product);
    await of(OrderPayment).captured({ orderId: id, provider: 'acme' } as never);
    return id;
  };
  const returned = async (product: Product) => {
    const id = await paid(product);
    await of(Shipping).ship(id, {});
    const asked = { items: [{ productId: product.id, quantity: 2 }], reason: 'too small' };
    return (await of(GoodsReturns).request(id, asked, admin)).id;
  };
  const bring = (product: Product) =>
    of(BulkCatalogue).bring(
      [{ sku: product.sku, categoryId: undefined, forNew: never, forKnown: () => ({ command: { stock: 7 } }) }],
      'file',
      admin.id,
    );

  /** Makes ready, and returns what then moves the stock. */
  const WRITERS: [name: string, (product: Product) => Promise<() => Promise<unknown>>][] = [
    [
      'an adjustment',
      async ({ id }) =>
        () =>
          of(CatalogueService).adjustStock(id, { delta: 1, reason: 'found' }, admin.id),
    ],
    [
      'a counted stock',
      async ({ id }) =>
        () =>
          of(CatalogueService).adjustStock(id, { onHand: 3, expectedOnHand: 10, reason: 'counted' }, admin.id),
    ],
    [
      'a changed product',
      async ({ id }) =>
        () =>
          of(CatalogueService).change(id, { stock: 4 }, admin.id),
    ],
    [
      'a counted feed',
      async (product) => () => {
        const counted = { source: 'erp', takenAt: new Date().toISOString(), items: [{ sku: product.sku, onHand: 3 }] };
        return of(InventoryFeeds).apply(counted, admin.id);
      },
    ],
    ['an imported file', async (product) => () => bring(product)],
    ['an order', async (product) => () => order(product)],
    [
      'a canceled order',
      async (product) => {
        const id = await order(product);
        return () => of(OrderCancellation).cancel(id, admin);
      },
    ],
    [
      'a refund',
      async (product) => {
        const id = await paid(product);
        return () => of(Shipping).refund(id, { reason: 'broken' }, admin.id);
      },
    ],
    [
      'goods that come back, in part for the bin',
      async (product) => {
        const id = await returned(product);
        const items = [{ productId: product.id, restock: 1, writeOff: 1 }];
        return () => of(GoodsReturns).receive(id, { items }, admin.id);
      },
    ],
  ];

  it.each(WRITERS)('of %s is after the lock of its product, by the clock of the database', async (_name, ready) => {
    const product = await aProduct();
    const move = await ready(product);
    const before = await ledger(product);
    const other = new Client(database.url);
    await other.connect();
    await other.query('BEGIN');
    await other.query('SELECT FROM catalog.products WHERE id = $1 FOR UPDATE', [product.id]);
    const moving = move();
    await untilBlocked(database);
    const [{ at: released }] = (await other.query<{ at: Date }>('SELECT clock_timestamp() AS at')).rows;
    await other.query('COMMIT');
    await other.end();
    await moving;
    const after = (await ledger(product)).slice(before.length);
    expect(after.length).toBeGreaterThan(0);
    for (const { at } of after) expect(at.getTime()).toBeGreaterThanOrEqual(released.getTime());
    const times = (await ledger(product)).map(({ at }) => at.getTime());
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('is the same in the answer to an adjustment and in the ledger', async () => {
    const { id } = await aProduct();
    const answer = await of(CatalogueService).adjustStock(id, { delta: 1, reason: 'found' }, admin.id);
    const { items } = await of(ProductQueries).movements(id, { limit: 1 });
    expect(items).toMatchObject([answer]);
  });

  const ledger = ({ id }: Product) =>
    database.query<{ at: Date }>('SELECT at FROM catalog.stock_movements WHERE product_id = $1 ORDER BY seq', [id]);
});

const never = (): never => {
  throw new Error('the product is known');
};
