import { setTimeout as sleep } from 'node:timers/promises';
import { Test, type TestingModule } from '@nestjs/testing';
import { CatalogModule, CatalogueService } from '@holdfast/catalog';
import { OrderCancellation, OrderingModule, OrderPlacement } from '@holdfast/ordering';
import { loadSettings, PlatformModule } from '@holdfast/platform';
import { newId } from '@holdfast/shared-kernel';
import { Client } from 'pg';
import { databaseOptions } from '../../../ormconfig';
import { CategoryService } from '../../../libs/catalog/src/application/category.service';
import { ProductChanges } from '../../../libs/catalog/src/application/product.queries';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { eventually } from '../../support/eventually';

type Item = Awaited<ReturnType<ProductChanges['since']>>['items'][number];

/** What an app keeps of a product. */
const kept = (item: Item): string => ('gone' in item ? 'gone' : `${item.name} ${item.price.amount}`);

/** An app with a copy of the catalogue. */
class Copy {
  readonly products = new Map<string, string>();
  cursor: string | undefined;
  pages = 0;
  tombstones = 0;

  constructor(
    private readonly changes: ProductChanges,
    private readonly limit = 100,
  ) {}

  /** One page; returns how many items it had. */
  async read(): Promise<number> {
    const { items, nextCursor } = await this.changes.since({ cursor: this.cursor, limit: this.limit });
    for (const item of items)
      if ('gone' in item) this.products.delete(item.id);
      else this.products.set(item.id, kept(item));
    this.tombstones += items.filter((item) => 'gone' in item).length;
    this.cursor = nextCursor;
    this.pages++;
    return items.length;
  }

  async readAll(): Promise<void> {
    while ((await this.read()) === this.limit);
  }
}

describe('following the changes of the catalogue', () => {
  let database: TestDatabase;
  let module: TestingModule;
  let changes: ProductChanges;
  let catalogue: CatalogueService;
  const clients: Client[] = [];
  const admin = newId();

  beforeEach(async () => {
    database = await createTestDatabase();
    const settings = loadSettings(testEnvironment(database.url));
    module = await Test.createTestingModule({
      imports: [PlatformModule.forRoot(settings, databaseOptions(settings)), CatalogModule, OrderingModule],
    }).compile();
    [changes, catalogue] = [module.get(ProductChanges), module.get(CatalogueService)];
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.end();
    await module.close();
    await database.drop();
  });

  const connect = async (): Promise<Client> => {
    const client = new Client(database.url);
    await client.connect();
    clients.push(client);
    return client;
  };
  const aProduct = (details: Partial<Parameters<CatalogueService['create']>[0]> = {}) =>
    catalogue.create(
      { sku: newId(), name: 'Thing', price: { amount: '1.00', currency: 'GBP' }, stock: 2, ...details },
      admin,
    );
  const rename = (client: Client, id: string, name: string) =>
    client.query('UPDATE catalog.products SET name = $2 WHERE id = $1', [id, name]);
  /** The page after the cursor, once it has so many items: other transactions of the server delay them. */
  const pageOf = async (count: number, cursor?: string) => {
    let page = await changes.since({ cursor, limit: 100 });
    await eventually(async () => {
      page = await changes.since({ cursor, limit: 100 });
      expect(page.items).toHaveLength(count);
    }, 20_000);
    return page;
  };
  const changedSince = async (cursor: string, count: number) =>
    (await pageOf(count, cursor)).items.map((item) => ('gone' in item ? `${item.id} gone` : item.id));
  const end = async (count: number) => (await pageOf(count)).nextCursor;

  it('skips no change that commits after a later one', async () => {
    const [first, second] = [await aProduct(), await aProduct()];
    const copy = new Copy(changes);
    copy.cursor = await end(2);
    const [early, late] = [await connect(), await connect()];
    await early.query('BEGIN');
    await rename(early, first.id, 'Early');
    await rename(late, second.id, 'Late');
    await copy.readAll();
    await early.query('COMMIT');
    await eventually(async () => {
      await copy.readAll();
      expect(Object.fromEntries(copy.products)).toEqual({ [first.id]: 'Early 1.00', [second.id]: 'Late 1.00' });
    });
  });

  it('brings each of five readers exactly the catalogue while 2,000 products change and go', async () => {
    await database.query(
      `INSERT INTO catalog.products (id, sku, name, description, price, currency, on_hand, active, version, created_at, updated_at)
       SELECT gen_random_uuid(), 'S-' || n, 'Product ' || n, '', 1, 'GBP', 5, true, 1, now(), now()
       FROM generate_series(1, 2000) n`,
    );
    const ids = (await database.query<{ id: string }>('SELECT id FROM catalog.products')).map(({ id }) => id);
    const WRITERS = 6;
    const shares = Array.from({ length: WRITERS + 1 }, (_, n) => ids.filter((_id, at) => at % (WRITERS + 1) === n));
    let isWriting = true;

    /** Transactions of some changes each, which stay open for a while before they end. */
    const write = async (share: string[], seed: number) => {
      const client = await connect();
      for (let at = 0; at < share.length; at += 7) {
        await client.query('BEGIN');
        for (const [n, id] of share.slice(at, at + 7).entries()) {
          const kind = (at + n + seed) % 6;
          if (kind === 0) await client.query('DELETE FROM catalog.products WHERE id = $1', [id]);
          else if (kind === 1) await client.query('UPDATE catalog.products SET active = false WHERE id = $1', [id]);
          else if (kind === 2) await client.query('UPDATE catalog.products SET retired_at = now() WHERE id = $1', [id]);
          else await rename(client, id, `Changed by ${seed} at ${at}`);
        }
        await sleep(Math.random() * 40);
        await client.query(at % 5 === 0 ? 'ROLLBACK' : 'COMMIT');
      }
    };
    /** Changes its products first, or gets its number first, and commits when the others have committed much. */
    const holdOpen = async (share: string[], isEarly: boolean) => {
      const client = await connect();
      await client.query('BEGIN');
      await client.query('SELECT pg_current_xact_id()');
      if (isEarly) for (const id of share) await rename(client, id, 'Held open');
      await sleep(2_000);
      if (!isEarly) for (const id of share) await rename(client, id, 'Numbered first');
      await client.query('COMMIT');
    };
    // The readers are at the end when the writers begin, so that they would pass each change that commits late.
    const copies = Array.from({ length: 5 }, () => new Copy(changes, 37));
    for (const copy of copies) await copy.readAll();
    const read = async (copy: Copy): Promise<void> => {
      while (isWriting) {
        await copy.read();
        await sleep(Math.random() * 5);
      }
    };
    const reading = Promise.all(copies.map(read));
    const held = shares[WRITERS];
    await Promise.all([
      ...shares.slice(0, WRITERS).map((share, n) => write(share, n)),
      holdOpen(held.slice(0, 40), true),
      holdOpen(held.slice(40, 80), false),
      ...held.slice(80, 120).map((id) => catalogue.change(id, { price: { amount: '9.00', currency: 'GBP' } }, admin)),
      ...held.slice(120, 140).map((id) => catalogue.remove(id)),
      ...Array.from({ length: 20 }, () => aProduct()),
    ]);
    isWriting = false;
    await reading;

    const rows = await database.query<{ id: string; kept: string }>(
      `SELECT id, name || ' ' || round(price, 2) AS kept FROM catalog.products WHERE active AND retired_at IS NULL`,
    );
    const expected = new Map(rows.map((row) => [row.id, row.kept]));
    for (const copy of copies) {
      await eventually(async () => {
        await copy.readAll();
        const wrong = [...new Set([...expected.keys(), ...copy.products.keys()])].filter(
          (id) => expected.get(id) !== copy.products.get(id),
        );
        expect(wrong).toEqual([]);
      }, 20_000);
      expect(copy.pages).toBeGreaterThan(10);
      expect(copy.tombstones).toBeGreaterThan(0);
    }
    expect(expected.size).toBeGreaterThan(1_000);
  });

  it('shows what customers see: off sale, retired and deleted products are gone', async () => {
    const [plain, hidden] = [await aProduct(), await aProduct()];
    let cursor = await end(2);
    const since = async (count: number) => {
      const { items, nextCursor } = await pageOf(count, cursor);
      cursor = nextCursor;
      return items.map((item) => ('gone' in item ? `${item.id} gone` : item.id));
    };
    await catalogue.change(hidden.id, { active: false }, admin);
    expect(await since(1)).toEqual([`${hidden.id} gone`]);
    await catalogue.change(hidden.id, { active: true }, admin);
    expect(await since(1)).toEqual([hidden.id]);
    await catalogue.remove(hidden.id);
    expect(await since(1)).toEqual([`${hidden.id} gone`]);
    const images = [{ url: 'https://images.example/1.jpg', alt: null }];
    await catalogue.change(plain.id, { images }, admin);
    const pictured = await pageOf(1, cursor);
    expect(pictured.items).toEqual([expect.objectContaining({ id: plain.id, images, image: images[0] })]);
    cursor = pictured.nextCursor;
    const categories = module.get(CategoryService);
    const { id: categoryId } = await categories.create({ name: 'Lamps' });
    await catalogue.change(plain.id, { categoryId }, admin);
    expect(await since(1)).toEqual([plain.id]);
    await categories.change(categoryId, { name: 'Lights' });
    expect(await since(1)).toEqual([plain.id]);
    await categories.change(categoryId, { parentId: null });
    expect(await changes.since({ cursor, limit: 100 })).toEqual({ items: [], nextCursor: cursor });
  });

  it('counts sales as changes only when nothing is left, or something again', async () => {
    const product = await aProduct({ stock: 2 });
    const cursor = await end(1);
    const buy = () =>
      module.get(OrderPlacement).place({ items: [{ productId: product.id, quantity: 1 }] }, newId(), 'admin');
    const marks = async () =>
      (await database.query<{ mark: string }>('SELECT changed_in::text AS mark FROM catalog.product_changes'))[0].mark;
    const before = await marks();
    await buy();
    expect(await marks()).toBe(before);
    const last = await buy();
    const soldOut = await marks();
    expect(soldOut).not.toBe(before);
    expect(await changedSince(cursor, 1)).toEqual([product.id]);
    await module.get(OrderCancellation).cancel(last.id, { id: last.customerId, role: 'admin' });
    expect(await marks()).not.toBe(soldOut);
  });

  it('gives an empty catalogue a cursor, from which the first product follows', async () => {
    const { items, nextCursor } = await changes.since({ limit: 1 });
    expect([items, nextCursor]).toEqual([[], expect.any(String)]);
    const { id } = await aProduct();
    expect(await changedSince(nextCursor, 1)).toEqual([id]);
  });

  it('refuses the cursors of another database, and hides no product that was restored from one', async () => {
    const product = await aProduct();
    const cursor = await end(1);
    // As a dump of a cluster that had numbered far more transactions.
    await database.query(`UPDATE catalog.product_changes SET changed_in = '900000000000'`);
    expect(await changedSince(cursor, 1)).toEqual([product.id]);
    const other = await aProduct();
    expect((await changedSince(cursor, 2)).sort()).toEqual([product.id, other.id].sort());

    const copy = await createTestDatabase();
    try {
      const settings = loadSettings(testEnvironment(copy.url));
      const there = await Test.createTestingModule({
        imports: [PlatformModule.forRoot(settings, databaseOptions(settings)), CatalogModule],
      }).compile();
      await expect(there.get(ProductChanges).since({ cursor, limit: 1 })).rejects.toMatchObject({
        code: 'invalid-cursor',
      });
      await there.close();
    } finally {
      await copy.drop();
    }
  });

  it.each(['', 'x', 'e30', Buffer.from('[1,"1","x"]').toString('base64url')])(
    'refuses the cursor %j',
    async (cursor) => {
      await expect(changes.since({ cursor, limit: 1 })).rejects.toMatchObject({ code: 'invalid-cursor' });
    },
  );
});
