import { request } from 'node:http';
import { newId } from '@holdfast/shared-kernel';
import { Api, type Caller, type Json } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';
import { storm } from '../../support/storm';

const CSV = { 'content-type': 'text/csv' };
const LINES = { ...CSV, accept: 'application/x-ndjson' };
const COLUMNS = 'sku,externalId,name,description,category,price,currency,stock,active,unitLimit,images';

describe('products in files', () => {
  let database: TestDatabase;
  let api: Api;
  let shop: Shop;

  beforeEach(async () => {
    database = await createTestDatabase();
    api = await Api.start(database, { RATE_LIMIT_ORDERS_PER_MINUTE: '10000' });
    shop = await Shop.open(api, database);
  });
  afterEach(async () => {
    try {
      await expectInvariants(database);
    } finally {
      await api.stop();
      await database.drop();
    }
  });

  const send = (csv: string, headers: Record<string, string> = CSV, caller: Caller = shop.admin) =>
    caller.send<Json>('POST', '/v1/products/import', csv, headers);
  const imported = async (csv: string) => {
    const { status, body } = await send(csv);
    expect([status, body]).toEqual([200, expect.anything()]);
    return body;
  };
  const exported = async () => (await shop.admin.get('/v1/products/export')).body as string;
  const bySku = async (sku: string) => (await shop.admin.get(`/v1/products?q=${sku}`)).body.items[0];
  const category = async (name: string, parentId: string | null = null): Promise<string> =>
    (await shop.admin.send<Json>('POST', '/v1/categories', { name, parentId })).body.id as string;
  const counts = ({ created, changed, unchanged, refused }: Json) => [created, changed, unchanged, refused] as number[];
  const many = (n: number, price = '1.00', stock = 5) =>
    `sku,name,price,currency,stock\n${Array.from({ length: n }, (_, i) => `M-${i},Mass ${i},${price},GBP,${stock}`).join('\n')}\n`;
  const products = async () =>
    (await database.query<{ n: number }>('SELECT count(*)::int AS n FROM catalog.products'))[0].n;

  it('fills a new shop, whose list shows it at once', async () => {
    const anyone = api.as();
    expect((await anyone.get('/v1/products')).body.items).toEqual([]);
    const body = await imported(
      'name, sku ,price,currency,stock,active,unitLimit,description\n' +
        'Cup,C-1,2.50,GBP,7,true,3,Blue\nSaucer,C-2,1,GBP,,FALSE,,\n',
    );
    expect(body).toEqual({
      ...{ created: 2, changed: 0, unchanged: 0, refused: 0 },
      rows: [
        { row: 2, sku: 'C-1', result: 'created', productId: (await bySku('C-1')).id },
        { row: 3, sku: 'C-2', result: 'created', productId: (await bySku('C-2')).id },
      ],
    });
    const cup = {
      name: 'Cup',
      price: { amount: '2.50', currency: 'GBP' },
      stock: 7,
      unitLimit: 3,
      description: 'Blue',
    };
    const saucer = { price: { amount: '1.00' }, stock: 0, active: false, unitLimit: null, description: '' };
    expect([await bySku('C-1'), await bySku('C-2')]).toMatchObject([cup, saucer]);
    // The signal that empties the list's cache is heard a moment later.
    await eventually(async () => expect((await anyone.get('/v1/products')).body.items).toMatchObject([cup]));
  });

  it('changes what is given and differs, books the stock, and leaves alone what is not given', async () => {
    const { id } = await shop.product({ sku: 'A', name: 'Before', price: '4.00', stock: 9, unitLimit: 2 });
    expect(counts(await imported('sku,price,name,unitLimit\nA,5.00,,\n'))).toEqual([0, 1, 0, 0]);
    expect(await bySku('A')).toMatchObject({
      ...{ id, name: 'Before', price: { amount: '5.00', currency: 'GBP' }, stock: 9, unitLimit: 2, version: 2 },
    });
    expect(counts(await imported('sku,stock\nA,12\n'))).toEqual([0, 1, 0, 0]);
    const { body: ledger } = await shop.admin.get(`/v1/products/${id}/stock-adjustments`);
    expect(ledger.items[0]).toMatchObject({ kind: 'adjustment', delta: 3, balanceAfter: 12, reason: 'import' });
    expect(counts(await imported('sku,stock,price,name,active\nA,12,5,Before,true\n'))).toEqual([0, 0, 1, 0]);
    expect((await bySku('A')).version).toBe(3);
  });

  it('refuses a bad row with all that is wrong with it, in terms of its columns, and does the others', async () => {
    await shop.product({ sku: 'OLD', price: '4.00' });
    const { rows, ...summary } = await imported(
      [
        'sku,name,price,currency,stock,active,unitLimit',
        'G-1,Good,1.00,GBP,1,true,1',
        `B-1,${'x'.repeat(256)},-1,GBP,1.5,maybe,0`,
        'B-2,,,,,,',
        ',Nameless,1.00,GBP,1,true,1',
        'with blank,Blank,1.00,GBP,1,true,1',
        'B-3,Short row,1.00',
        'B-4,Yen,1.50,JPY,1,true,1',
        'OLD,,,EUR,,,',
        'G-2,Good too,2.00,,,,',
      ].join('\r\n'),
    );
    expect(counts(summary)).toEqual([2, 0, 0, 7]);
    expect(rows.map(({ row }: Json) => row)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const codes = rows.map(({ errors = [] }: Json) =>
      errors.map(({ column, code }: Json) => `${column}: ${code}`).sort(),
    );
    expect(codes).toEqual([
      [],
      ['active: is-boolean', 'name: characters', 'price: matches', 'stock: is-int', 'unitLimit: min'],
      ['name: missing', 'price: missing'],
      ['sku: missing'],
      ['sku: matches'],
      ['null: cell-count'],
      ['currency: is-money'],
      ['price: missing'],
      [],
    ]);
    // The currency of the shop, as all its products had the same.
    expect((await bySku('G-2')).price).toEqual({ amount: '2.00', currency: 'GBP' });
    expect(await products()).toBe(3);
  });

  it('lets a second row of a SKU work on what the first one made', async () => {
    const { rows } = await imported('sku,name,price,currency,stock\nT,One,1.00,GBP,3\nT,Two,2.00,GBP,8\nT,Two,2,,8\n');
    expect(rows.map(({ result }: Json) => result)).toEqual(['created', 'changed', 'unchanged']);
    expect(await bySku('T')).toMatchObject({ name: 'Two', price: { amount: '2.00' }, stock: 8 });
  });

  it('reads a byte order mark, quotes with commas, quotes and newlines, and either end of line', async () => {
    const { rows } = await imported(
      '\uFEFF"sku","name",description,price,currency\r\nQ-1,"A ""fine"", blue cup","Two\r\nlines",1.00,GBP\n\nQ-2,Plain,,1.00,GBP',
    );
    expect(rows.map(({ row, sku }: Json) => [row, sku])).toEqual([
      [2, 'Q-1'],
      [4, 'Q-2'],
    ]);
    expect(await bySku('Q-1')).toMatchObject({ name: 'A "fine", blue cup', description: 'Two\r\nlines' });
  });

  it('refuses a file that is broken as a whole, and nothing happens', async () => {
    const row = 'X,Thing,1.00,GBP';
    const bad: [string, string, string?][] = [
      ['sku,name,price,currency,colour\nX,Thing,1.00,GBP,red', 'validation-failed', 'unknown-column'],
      [`sku,name,price,currency,sku\n${row},Y`, 'validation-failed', 'duplicate-column'],
      ['name,price,currency\nThing,1.00,GBP', 'validation-failed', 'missing-column'],
      ['sku|name|price|currency\nX|Thing|1.00|GBP', 'validation-failed', 'unknown-column'],
      ['sep=|\nsku|name', 'malformed-body'],
      [`sku,${'x'.repeat(40_000)}\n${row}`, 'malformed-body'],
      [`sku${',a'.repeat(600)}\n${row}`, 'malformed-body'],
      ['', 'validation-failed', 'missing-column'],
      [`sku,name,price,currency\n${row}\nY,"never closed,1.00,GBP`, 'malformed-body'],
      [`sku,name,price,currency\n${row}\nY,5" nail,1.00,GBP`, 'malformed-body'],
      [`sku,name,price,currency\n${row}\nY,U+0000 \0,1.00,GBP`, 'malformed-body'],
    ];
    for (const [csv, code, first] of bad) {
      const { status, body } = await send(csv);
      expect([csv, status, body.code, body.errors?.[0].code]).toEqual([csv, 400, code, first]);
    }
    const latin = await fetch(`${api.url}/v1/products/import`, {
      method: 'POST',
      headers: { ...CSV, authorization: `Bearer ${shop.admin.token}` },
      body: Buffer.from('sku,name,price,currency\nL,Caf\u00e9,1.00,GBP', 'latin1'),
    });
    expect([latin.status, await latin.json()]).toMatchObject([400, { code: 'malformed-body' }]);
    expect(await products()).toBe(0);
  });

  it('is for admins, takes text/csv in a charset that it reads, and not too much of it', async () => {
    const customer = await shop.customer();
    const csv = many(1);
    expect((await send(csv, CSV, customer)).status).toBe(403);
    expect((await send(csv, CSV, api.as())).status).toBe(401);
    expect((await customer.get('/v1/products/export')).status).toBe(403);
    for (const type of [
      'application/json',
      'text/plain',
      'text/csv; charset=iso-8859-15',
      'application/octet-stream',
    ]) {
      const { status, body } = await send(csv, { 'content-type': type });
      expect([type, status, body.code]).toEqual([type, 415, 'unsupported-media-type']);
    }
    const large = await send(csv + ' '.repeat(10 * 1024 * 1024));
    expect([large.status, large.body]).toMatchObject([413, { code: 'payload-too-large', detail: /10485760/ }]);
    expect(await products()).toBe(0);
    expect((await send(csv, { 'content-type': 'Text/CSV; charset="UTF-8"; header=present' })).status).toBe(200);
    // And no other route has learnt to read it.
    expect((await shop.admin.send('POST', '/v1/products', csv, CSV)).status).toBe(415);
  });

  it('works 1,000 rows, and is repeated safely', async () => {
    expect(counts(await imported(many(1_000)))).toEqual([1_000, 0, 0, 0]);
    expect(counts(await imported(many(1_000)))).toEqual([0, 0, 1_000, 0]);
    expect(counts(await imported(many(1_000, '2.00', 6)))).toEqual([0, 1_000, 0, 0]);
  });

  /** The lines of the answer as they come in; `each` may hang up. */
  const stream = (csv: string, each: (line: Json, hangUp: () => void) => void): Promise<Json[]> =>
    new Promise((resolve, reject) => {
      const lines: Json[] = [];
      const headers = { ...LINES, authorization: `Bearer ${shop.admin.token}`, 'accept-encoding': 'gzip' };
      const call = request(`${api.url}/v1/products/import`, { method: 'POST', headers }, (answer) => {
        let rest = '';
        expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/x-ndjson']);
        answer.setEncoding('utf8').on('data', (text: string) => {
          const parts = (rest + text).split('\n');
          rest = parts.pop()!;
          for (const part of parts) {
            lines.push(JSON.parse(part));
            each(lines.at(-1), () => call.destroy());
          }
        });
        answer.on('end', () => resolve(lines)).on('error', () => resolve(lines));
      });
      call.on('error', reject).end(csv);
    });

  it('reports its progress while it works, and its result at the end', async () => {
    const times: number[] = [];
    const lines = await stream(many(3_000), ({ progress }) => progress && times.push(Date.now()));
    const progress = lines.filter((line) => line.progress).map((line) => line.progress);
    expect(progress).toEqual(Array.from({ length: 16 }, (_, i) => ({ done: 200 * i, total: 3_000 })));
    expect(lines.filter(({ row }) => row)).toHaveLength(3_000);
    expect(lines[1]).toMatchObject({ row: 2, sku: 'M-0', result: 'created' });
    expect(lines.at(-1)).toEqual({ summary: { created: 3_000, changed: 0, unchanged: 0, refused: 0 } });
    // They came one after the other, and not all at the end.
    expect(new Set(times).size).toBeGreaterThan(5);
  });

  it('stops soon after who asked has hung up, keeps what it reported, and goes on where it is repeated', async () => {
    const reported = (await stream(many(20_000), ({ progress }, hangUp) => progress?.done >= 400 && hangUp())).filter(
      ({ row }) => row,
    );
    // What is still under way is committed, or not, beside this one: it does not matter.
    const { created, unchanged, changed, refused } = await imported(many(20_000));
    expect([created + unchanged, changed, refused]).toEqual([20_000, 0, 0]);
    expect(unchanged).toBeGreaterThanOrEqual(reported.length);
    expect(unchanged).toBeLessThan(10_000);
    const ids = new Set((await database.query<{ id: string }>('SELECT id FROM catalog.products')).map(({ id }) => id));
    expect(reported.filter(({ productId }) => !ids.has(productId as string))).toEqual([]);
  });

  it('exports what an import reads: all of it comes back unchanged', async () => {
    await shop.product({ sku: 'Z', name: '=HYPERLINK("http://evil.example")', stock: 0, unitLimit: 4, active: false });
    await shop.product({ sku: '-1', name: '-1', price: '0' });
    await shop.admin.patch(`/v1/products/${(await bySku('Z')).id}`, {
      description: '+1, "quoted";\r\nnext\rline\nlast',
    });
    await shop.admin.send<Json>('POST', '/v1/products', {
      ...{ sku: 'YEN', name: '円', price: { amount: '150', currency: 'JPY' } },
    });
    const gone = await shop.product({ sku: 'GONE' });
    expect((await shop.admin.delete(`/v1/products/${gone.id}`)).status).toBe(204);
    const [home, odd] = [await category('Home'), await category('2 > 1')];
    const lights = await category('Lights', home);
    await imported(`sku,externalId,category\nZ,erp-1,Home > Lights\nYEN,,${odd}\n`);
    await imported(many(2_500));
    const { headers, body: csv } = await shop.admin.get('/v1/products/export');
    expect([headers.get('content-type'), headers.get('content-disposition')]).toEqual([
      'text/csv; charset=utf-8',
      'attachment; filename="products.csv"',
    ]);
    expect(csv.startsWith(`${COLUMNS}\r\n`)).toBe(true);
    const lines = (csv as string).split('\r\n');
    expect((await bySku('Z')).category.id).toBe(lights);
    expect(lines.find((line) => line.startsWith('"YEN"'))).toBe(`"YEN",,"円","","${odd}","150","JPY",0,true,,`);
    expect(lines.find((line) => line.startsWith('"Z"'))).toContain('"Z","erp-1","=HYPERLINK(""http://evil.example"")"');
    expect(lines.find((line) => line.startsWith('"GONE"'))).toBeUndefined();
    const before = await database.query('SELECT * FROM catalog.products ORDER BY id');
    expect(counts(await imported(csv))).toEqual([0, 0, 2_503, 0]);
    expect(await database.query('SELECT * FROM catalog.products ORDER BY id')).toEqual(before);
  });

  it('puts products into categories by path and by id, names them to other systems, and refuses what is not so', async () => {
    const home = await category('Home');
    const lights = await category('Lights', home);
    const { rows } = await imported(
      'sku,name,price,currency,category,externalId\n' +
        `A,Lamp,1.00,GBP,home>LIGHTS,e-1\nB,Rug,1.00,GBP,${home.toUpperCase()},e-2\nC,Cup,1.00,GBP,Lights,e-3\n` +
        `D,Mug,1.00,GBP,${newId()},e-4\nE,Pot,1.00,GBP,,e-1\nF,Pan,1.00,GBP,,\n`,
    );
    const codes = rows.map(({ errors = [] }: Json) => errors.map(({ column, code }: Json) => `${column}: ${code}`));
    expect(codes).toEqual([
      [],
      [],
      ['category: category-unknown'],
      ['category: category-unknown'],
      ['externalId: external-id-taken'],
      [],
    ]);
    expect([await bySku('A'), await bySku('B')]).toMatchObject([
      { category: { id: lights }, externalId: 'e-1' },
      { category: { id: home }, externalId: 'e-2' },
    ]);
  });

  it('refuses only the row that fails, of all that share its transaction', async () => {
    const { id } = await shop.product({ sku: 'M-7', price: '9.00' });
    // Nothing that an import checks: the database itself refuses to write this one.
    await database.query(`
      CREATE FUNCTION catalog.refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF NEW.id = '${id}' THEN RAISE 'not this one'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER refuse BEFORE UPDATE ON catalog.products FOR EACH ROW EXECUTE FUNCTION catalog.refuse()`);
    const { rows, ...summary } = await imported(many(50));
    expect(counts(summary)).toEqual([49, 0, 0, 1]);
    expect(rows[7]).toMatchObject({ row: 9, sku: 'M-7', result: 'refused', errors: [{ code: 'internal-error' }] });
    expect(JSON.stringify(rows)).not.toContain('not this one');
    expect((await bySku('M-7')).price.amount).toBe('9.00');
  });

  it('lets two imports of the same new products run at once: each is made once', async () => {
    const [, ...lines] = many(600).trim().split('\n');
    const backwards = ['sku,name,price,currency,stock', ...lines.reverse()].join('\n');
    const bodies = await Promise.all([imported(many(600)), imported(backwards), imported(many(600))]);
    expect(bodies.map(({ refused }) => refused)).toEqual([0, 0, 0]);
    expect(bodies.reduce((sum, { created }) => sum + created, 0)).toBe(600);
    expect(await products()).toBe(600);
  });

  it('sets prices and stock while 50 customers order, and no unit is sold twice', async () => {
    await imported(many(300, '1.00', 4));
    const sold = await database.query<{ id: string }>('SELECT id FROM catalog.products ORDER BY sku LIMIT 10');
    const customers = await shop.customers(50);
    const orders = customers.flatMap((customer, c) =>
      Array.from({ length: 6 }, (_, n) => async () => {
        const [a, b] = [sold[(c + n) % sold.length], sold[(c * 3 + n + 1) % sold.length]];
        const lines = a === b ? items([a, 1]) : items([a, 1], [b, 2]);
        return (await customer.post('/v1/orders', lines, { 'idempotency-key': newId() })).status;
      }),
    );
    const imports = [3, 0, 5, 2].map((stock, i) => async () => {
      const { refused } = await imported(many(300, `${i + 2}.00`, stock));
      expect(refused).toBe(0);
      return 0;
    });
    const statuses = await storm([...orders.slice(0, 150), ...imports, ...orders.slice(150)], 54);
    expect(statuses.filter((status) => ![0, 201, 409].includes(status))).toEqual([]);
    expect(statuses.filter((status) => status === 201).length).toBeGreaterThan(0);
    // What the ledger says was sold is what the orders say was bought.
    const [tally] = await database.query(
      `SELECT (SELECT coalesce(-sum(delta), 0)::int FROM catalog.stock_movements WHERE kind = 'order-placed') AS taken,
              (SELECT coalesce(sum(quantity), 0)::int FROM ordering.order_lines) AS bought`,
    );
    expect(tally['taken']).toBe(tally['bought']);
  });

  it('replaces images by URLs, keeps the texts of those that stay, and reads what it writes', async () => {
    const url = (n: number) => `https://images.example/${n}.jpg`;
    const images = [{ url: url(1), alt: 'One' }, { url: url(2) }];
    await shop.admin.send('POST', '/v1/products', {
      ...{ sku: 'P', name: 'Pictured', price: { amount: '1.00', currency: 'GBP' }, images },
    });
    await shop.product({ sku: 'Q' });
    const imagesOf = async (sku: string) =>
      (await shop.admin.get(`/v1/products/${(await bySku(sku)).id}`)).body.images as Json[];
    const file = await exported();
    expect(file).toContain(`,"${url(1)} ${url(2)}"\r\n`);
    expect(counts(await imported(file))).toEqual([0, 0, 2, 0]);
    expect(await imagesOf('P')).toEqual([images[0], { url: url(2), alt: null }]);
    expect(counts(await imported(`sku,images\nP,"${url(3)}, ${url(1)}"\nQ,${url(1)}`))).toEqual([0, 2, 0, 0]);
    expect(await imagesOf('P')).toEqual([{ url: url(3), alt: null }, images[0]]);
    expect(await imagesOf('Q')).toEqual([{ url: url(1), alt: null }]);
    const { rows } = await imported(`sku,images\nP,\nQ,http://images.example/1.jpg`);
    expect(rows[0]).toMatchObject({ result: 'unchanged' });
    expect(rows[1]).toMatchObject({ result: 'refused', errors: [{ column: 'images', code: 'is-url' }] });
  });

  it('exports an empty shop as nothing but the header', async () => {
    expect(await exported()).toBe(`${COLUMNS}\r\n`);
  });
});
