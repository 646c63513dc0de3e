import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient, newKey, Problem, Unreachable } from '@holdfast/client';
import ts from 'typescript';
import { Api, CUSTOMER_PASSWORD } from '../../support/api';
import { clientSourcesOf } from '../../support/client-sources';
import { CuttingProxy, type Harm } from '../../support/cutting-proxy';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { expectInvariants } from '../../support/invariants';
import { Shop } from '../../support/shop';

const LIBRARY = join(__dirname, '../../../libs/client');
const RATES = ['ORDERS', 'LOGINS', 'REQUESTS'].map((each) => [`RATE_LIMIT_${each}_PER_MINUTE`, '1000000']);

describe('the client', () => {
  let database: TestDatabase;
  let api: Api;
  let shop: Shop;

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await Api.start(database, {
      ...(Object.fromEntries(RATES) as NodeJS.ProcessEnv),
    });
    shop = await Shop.open(api, database);
  });
  afterAll(async () => {
    await expectInvariants(database);
    await api.stop();
    await database.drop();
  });

  /** A client that a new customer has logged in with, through `url`. */
  const loggedIn = async (
    url = api.url,
    options: Partial<Parameters<typeof createClient>[0]> = {},
  ): Promise<Client> => {
    const { id } = await shop.customer();
    const client = createClient({ url, ...options });
    await client.logIn({ body: { username: `c-${id}`, password: CUSTOMER_PASSWORD } });
    return client;
  };

  it('is generated from the document: if not, npm run docs:client', async () => {
    const sources = await clientSourcesOf((await api.as().get('/openapi.json')).body);
    for (const [name, source] of Object.entries(sources)) {
      const file = join(LIBRARY, 'src', name);
      // Written only when it differs: a newer source makes `dist` old.
      if (process.env['UPDATE_DOCS'] && readFileSync(file, 'utf8') !== source) writeFileSync(file, source);
      expect(readFileSync(file, 'utf8')).toBe(source);
    }
  });

  it('orders, reads pages and narrows a refusal', async () => {
    const client = await loggedIn();
    const { id: product } = await shop.product({ stock: 3 });
    const order = await client.placeOrder({ body: { items: [{ productId: product, quantity: 2 }] } });
    expect(order).toMatchObject({ status: 'reserved', items: [{ productId: product, quantity: 2 }] });
    const refusal = await client
      .placeOrder({ body: { items: [{ productId: product, quantity: 2 }] } })
      .catch((error: unknown) => error as Problem);
    expect(refusal instanceof Problem && refusal.is('insufficient-stock') && refusal.body.items).toEqual([
      { productId: product, requested: 2, available: 1 },
    ]);

    for (let i = 0; i < 4; i++) await client.cancelOrder({ id: (await orderOne(client)).id });
    const ids: string[] = [];
    for await (const { id } of client.each('listOrders', { limit: 2 })) ids.push(id);
    expect([ids.length, ids.at(-1)]).toEqual([5, order.id]);
    expect((await client.getOrder({ id: order.id })).total).toEqual(order.total);
    await expect(client.deleteMe({ body: { password: 'wrong' } })).rejects.toMatchObject({ status: 422 });
  });

  const orderOne = async (client: Client) =>
    client.placeOrder({ body: { items: [{ productId: (await shop.product({ stock: 1 })).id, quantity: 1 }] } });

  it('refreshes an expired token once for twenty requests, and reports a session that has ended', async () => {
    let ended = 0;
    let requests = 0;
    const kept: { tokens?: { accessToken: string; refreshToken: string } } = {};
    const client = await loggedIn(api.url, {
      session: {
        load: async () => kept.tokens,
        save: async (tokens) => {
          kept.tokens = tokens;
        },
      },
      onSessionEnd: () => ended++,
      fetch: (url, init) => {
        if ((url as string).endsWith('/refresh')) requests++;
        return fetch(url, init);
      },
    });
    kept.tokens = { ...kept.tokens!, accessToken: 'expired' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.getMe()));
    expect([new Set(answers.map(({ id }) => id)).size, requests, ended]).toEqual([1, 1, 0]);

    await api.as().post('/v1/auth/revoke', { refreshToken: kept.tokens.refreshToken });
    kept.tokens = { ...kept.tokens, accessToken: 'expired' };
    await expect(client.getMe()).rejects.toMatchObject({ code: 'unauthorized' });
    expect([kept.tokens, ended]).toEqual([undefined, 1]);
  });

  it('logs out the session that it keeps', async () => {
    const client = await loggedIn();
    await client.logOut();
    await expect(client.getMe()).rejects.toMatchObject({ status: 401 });
  });

  it('gives 1,000 intents one order each through a network that cuts, delays and duplicates', async () => {
    const harms: Harm[] = ['cut before', 'cut after', 'cut after', 'delayed', 'duplicated', 'none', 'none'];
    const proxy = await CuttingProxy.open(api.url, () => harms[Math.floor(Math.random() * harms.length)]);
    const { id: product } = await shop.product({ stock: 5_000 });
    const clients = await Promise.all(
      Array.from({ length: 10 }, () => loggedIn(proxy.url, { attempts: 20, maxDelay: 300 })),
    );
    const answered = new Set<string>();
    await Promise.all(
      clients.map(async (client) => {
        for (let i = 0; i < 100; i++) {
          const order = await client.placeOrder({ body: { items: [{ productId: product, quantity: 1 }] } });
          answered.add(order.id);
        }
      }),
    );
    const rows = await database.query<{ orders: number; units: number }>(
      `SELECT count(DISTINCT order_id)::int AS orders, sum(quantity)::int AS units
       FROM ordering.order_lines WHERE product_id = $1`,
      [product],
    );
    expect([answered.size, rows[0]]).toEqual([1_000, { orders: 1_000, units: 1_000 }]);
    for (const harm of harms) expect(proxy.counts[harm]).toBeGreaterThan(50);
    proxy.close();
  });

  it('repeats an intent after the app was restarted, and leaves what has no key to the caller', async () => {
    let isCut = true;
    const proxy = await CuttingProxy.open(api.url, ({ url }) =>
      isCut && !url?.startsWith('/v1/auth') ? 'cut after' : 'none',
    );
    const client = await loggedIn(proxy.url, { attempts: 2, maxDelay: 1 });
    const key = newKey();
    const items = [{ productId: (await shop.product({ stock: 5 })).id, quantity: 1 }];
    await expect(client.placeOrder({ body: { items } }, { key })).rejects.toMatchObject({ key, name: 'Unreachable' });
    const address = { name: 'Ann', line1: '1 Quay', city: 'Leith', postalCode: 'EH6 6QQ', country: 'GB' };
    await expect(client.addAddress({ body: address })).rejects.toThrow(Unreachable);
    isCut = false;
    const order = await client.placeOrder({ body: { items } }, { key });
    const { items: orders } = await client.listOrders();
    expect(orders.map(({ id }) => id)).toEqual([order.id]);
    expect(await client.listAddresses()).toHaveLength(1);
    proxy.close();
  });

  it('is packed for import and require, with types that need no library of Node', async () => {
    await shop.product();
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-client-'));
    const run = (command: string, ...args: string[]) =>
      execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    run('npm', 'pack', '--silent', LIBRARY);
    run(
      'tar',
      'xzf',
      readdirSync(folder).find((file) => file.endsWith('.tgz'))!,
    );
    cpSync(join(folder, 'package'), join(folder, 'node_modules/@holdfast/client'), { recursive: true });
    const use = `createClient({ url: '${api.url}' }).listProducts({ limit: 1 }).then(({ items }) => console.log(items.length));`;
    writeFileSync(join(folder, 'a.mjs'), `import { createClient } from '@holdfast/client'; ${use}`);
    writeFileSync(join(folder, 'b.cjs'), `const { createClient } = require('@holdfast/client'); ${use}`);
    expect([run('node', 'a.mjs'), run('node', 'b.cjs')]).toEqual(['1\n', '1\n']);
    const code = readFileSync(join(folder, 'package/dist/index.mjs'), 'utf8');
    expect(code).not.toMatch(/from ?["']node:|require\(|process\.|Buffer/);

    // Each with the codes of the compiler's faults: "…may only specify known properties", and so on.
    const apps: [source: string, faults: number[]][] = [
      ["export const total = async () => (await shop.getOrder({ id: '' })).total.amount;", []],
      ["export const order = shop.getOrder({ idd: '' });", [2353]],
      ['export const order = shop.placeOrder({ body: { items: [{}] } });', [2739]],
      ["export const left = (e: unknown) => isProblem(e) && e.is('insufficient-stock') && e.body.items;", []],
      ["export const changes = shop.each('listProductChanges');", [2345]],
      ["export const left = (e: unknown) => isProblem(e) && e.is('sku-taken') && e.body.items;", [2339]],
    ];
    const files = apps.map(([source], i) => {
      const opening =
        "import { createClient, isProblem } from '@holdfast/client';\nconst shop = createClient({ url: '' });\n";
      const file = join(folder, `app-${i}.ts`);
      writeFileSync(file, `${opening}export { isProblem, shop };\n${source}`);
      return file;
    });
    const program = ts.createProgram(files, {
      ...{ strict: true, noEmit: true, types: [], skipLibCheck: false, target: ts.ScriptTarget.ES2022 },
      ...{ module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
    });
    const faults = ts.getPreEmitDiagnostics(program).map(({ code, file }) => ({ code, file: file?.fileName }));
    expect(faults.filter(({ file }) => !files.includes(file ?? ''))).toEqual([]);
    const found = files.map((file) => faults.filter((each) => each.file === file).map(({ code }) => code));
    expect(found).toEqual(apps.map(([, expected]) => expected));
    rmSync(folder, { recursive: true });
  });
});
