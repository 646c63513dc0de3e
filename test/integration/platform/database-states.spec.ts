import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CartApiModule } from '@holdfast/cart';
import { CatalogApiModule, CatalogueService } from '@holdfast/catalog';
import { createHttpApp, HttpModule, HttpSettings } from '@holdfast/http';
import { IdentityApiModule } from '@holdfast/identity';
import { OrderingApiModule } from '@holdfast/ordering';
import { PaymentsApiModule } from '@holdfast/payments';
import { loadSettings, OutboxRelay, PlatformModule } from '@holdfast/platform';
import { newId } from '@holdfast/shared-kernel';
import { Client } from 'pg';
import { databaseOptions } from '../../../ormconfig';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { expectInvariants } from '../../support/invariants';
import { signatureOf, webhookOf } from '../../support/webhooks';

type Json = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- answers of any route

interface Answer {
  status: number;
  body: Json;
}

interface Sent {
  text: string;
  /** From START TRANSACTION to COMMIT. */
  inTransaction: boolean;
}

/** `57P01` ends the session instead, so that the statement has no answer. */
const RAISE = `CREATE FUNCTION raise_state(state text) RETURNS integer LANGUAGE plpgsql AS $$
  BEGIN
    IF state = '57P01' THEN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); END IF;
    RAISE EXCEPTION 'injected' USING ERRCODE = state;
  END $$`;

/** Everything that the process sends to PostgreSQL, and the statements that PostgreSQL fails with a state instead. */
class Statements {
  private readonly inTransaction = new WeakSet<Client>();
  private sent: Sent[] = [];
  private state?: string;
  private fails: (index: number, text: string) => boolean = () => false;
  failed = 0;

  constructor() {
    const { query } = Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- `this` is the client in the function below
    const statements = this;
    const spy = jest.spyOn(Client.prototype as unknown as { query: typeof query }, 'query');
    spy.mockImplementation(function (this: Client, ...args: unknown[]) {
      const text = (typeof args[0] === 'string' ? args[0] : (args[0] as { text: string }).text).trim();
      if (!statements.failsNext(this, text)) return query.apply(this, args);
      const callback = args.filter((argument) => typeof argument === 'function');
      return query.call(this, { text: 'SELECT raise_state($1)', values: [statements.state] }, ...callback);
    });
  }

  /** The statements that the work sends. */
  async of(work: () => Promise<unknown>): Promise<Sent[]> {
    this.sent = [];
    await work();
    return [...this.sent];
  }

  async failing<T>(state: string, fails: (index: number, text: string) => boolean, work: () => Promise<T>): Promise<T> {
    [this.sent, this.failed, this.state, this.fails] = [[], 0, state, fails];
    try {
      return await work();
    } finally {
      this.fails = () => false;
    }
  }

  private failsNext(client: Client, text: string): boolean {
    // Notifications are sent later and by nobody's request; a failed ROLLBACK is a lost connection.
    if (/pg_notify|^LISTEN|^ROLLBACK/.test(text)) {
      this.inTransaction.delete(client);
      return false;
    }
    if (text === 'START TRANSACTION') this.inTransaction.add(client);
    this.sent.push({ text, inTransaction: this.inTransaction.has(client) });
    if (text === 'COMMIT') this.inTransaction.delete(client);
    const fails = this.fails(this.sent.length - 1, text);
    if (fails) this.failed++;
    return fails;
  }
}

describe('whatever state the database is in', () => {
  let database: TestDatabase;
  let app: NestFastifyApplication;
  let statements: Statements;
  let product: string;
  let headers: Record<string, string>;

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.query(RAISE);
    const settings = loadSettings({
      ...{ ...testEnvironment(database.url), LOG_LEVEL: 'silent', DATABASE_POOL_SIZE: '50' },
      // The look at the backlog happens by the clock: it is no statement of the rehearsed request.
      BACKLOG_LIMIT: '0',
    });
    const contexts = [IdentityApiModule, CatalogApiModule, OrderingApiModule, CartApiModule, PaymentsApiModule];
    const module = {
      module: class ShopModule {},
      imports: [PlatformModule.forRoot(settings, databaseOptions(settings)), HttpModule, ...contexts],
    };
    app = await createHttpApp(module, new HttpSettings(settings), { title: 'Holdfast', summary: '', description: '' });
    const account = { username: 'ann', password: 'correct horse battery', email: 'ann@example.org' };
    const registered = await send('POST', '/v1/customers', { ...account, passwordConfirmation: account.password });
    expect(registered).toMatchObject({ status: 201 });
    const { body } = await send('POST', '/v1/auth/token', { username: account.username, password: account.password });
    headers = { authorization: `Bearer ${body['accessToken']}` };
    const price = { amount: '10.00', currency: 'GBP' };
    const thing = { sku: newId(), name: 'Thing', price, stock: 1_000_000 };
    product = (await app.get(CatalogueService).create(thing, newId())).id;
    statements = new Statements();
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    // A payment whose event failed to be delivered at once is left to the worker.
    const captured = await database.query<{ id: string }>(
      `SELECT DISTINCT aggregate_id AS id FROM platform.outbox WHERE type = 'payments.payment-captured'`,
    );
    for (const { id } of captured) await app.get(OutboxRelay).deliverAtOnce(id);
    await expectInvariants(database);
    await app.close();
    await database.drop();
  });

  const send = async (
    method: 'POST' | 'PUT' | 'GET',
    url: string,
    body?: object | string,
    more: Record<string, string> = {},
  ): Promise<Answer> => {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await app.inject({ method, url, payload: body, headers: { ...headers, ...type, ...more } });
    return { status: answer.statusCode, body: (answer.body ? JSON.parse(answer.body) : {}) as Json };
  };
  const withKey = (key: string) => ({ 'idempotency-key': key });
  const place = (key = newId()) =>
    send('POST', '/v1/orders', { items: [{ productId: product, quantity: 1 }] }, withKey(key));
  const order = async (id: string) => (await send('GET', `/v1/orders/${id}`)).body;
  const books = async () => {
    const [counts] = await database.query<{ orders: number; stock: number; captured: number }>(
      `SELECT (SELECT count(*)::int FROM ordering.orders WHERE status <> 'canceled') AS orders,
         (SELECT on_hand::int FROM catalog.products WHERE id = $1) AS stock,
         (SELECT count(*)::int FROM payments.payments WHERE status = 'captured') AS captured`,
      [product],
    );
    return counts;
  };

  /** An operation, ready to be called any number of times, and what one success changes. */
  const operations: Record<string, () => Promise<{ call: () => Promise<Answer>; success: number; effect: object }>> = {
    'placing an order': async () => {
      const key = newId();
      return { call: () => place(key), success: 201, effect: { orders: 1, stock: -1, captured: 0 } };
    },
    'a checkout': async () => {
      const key = newId();
      await send('PUT', `/v1/cart/items/${product}`, { quantity: 1 });
      const call = () => send('POST', '/v1/cart/checkout', {}, withKey(key));
      return { call, success: 201, effect: { orders: 1, stock: -1, captured: 0 } };
    },
    'a cancellation': async () => {
      const [{ body }, key] = [await place(), newId()];
      const call = () => send('POST', `/v1/orders/${body['id']}/cancel`, undefined, withKey(key));
      return { call, success: 200, effect: { orders: -1, stock: 1, captured: 0 } };
    },
    'a webhook': async () => {
      const { body } = await place();
      const notice = JSON.stringify(
        webhookOf({ orderId: body['id'] as string, amount: body['total'] as { amount: string; currency: string } }),
      );
      const call = async () => {
        const signature = { 'webhook-signature': signatureOf(notice) };
        return send('POST', '/v1/webhooks/payments/simulator', notice, signature);
      };
      return { call, success: 200, effect: { orders: 0, stock: 0, captured: 1 } };
    },
  };
  const difference = (before: Json, after: Json) =>
    Object.fromEntries(Object.entries(after).map(([name, value]) => [name, (value as number) - before[name]]));

  const STATES = ['40001', '57014', '53100', '25006'];
  const cases = Object.keys(operations).flatMap((name) => STATES.map((state) => [name, state]));

  it.each(cases)('%s that fails with %s at any statement happens once or not at all', async (name, state) => {
    await (await operations[name]()).call(); // fills the caches
    const rehearsal = await operations[name]();
    const sent = await statements.of(rehearsal.call);
    expect(sent.length).toBeGreaterThan(4);
    for (const [index, { text, inTransaction }] of sent.entries()) {
      const { call, success, effect } = await operations[name]();
      const before = await books();
      const answer = await statements.failing(state, (at) => at === index, call);
      const note = `${state} at ${text.slice(0, 80)}: ${JSON.stringify(answer)}`;
      expect([statements.failed, note]).toEqual([1, note]);
      const retried = state === '40001' && inTransaction;
      expect([retried ? [success] : [success, 503, 409], note]).toEqual([
        expect.arrayContaining([answer.status]),
        note,
      ]);
      const after = difference(before, await books());
      if (answer.status === success) expect([after, note]).toEqual([effect, note]);
      else expect([after, note]).toEqual([{ orders: 0, stock: 0, captured: 0 }, note]);
      // Repeated, as a client does after a 503, it succeeds, and no call happens twice.
      expect([(await call()).status, note]).toEqual([success, note]);
      expect([difference(before, await books()), note]).toEqual([effect, note]);
    }
  });

  it.each(Object.keys(operations))('%s is 503 while every INSERT fails, and leaves nothing behind', async (name) => {
    for (const state of ['40001', '40P01', '57P01', '53200', '58030', 'XX001', '42501', '0A000', '72000']) {
      const { call, success } = await operations[name]();
      const before = await books();
      const isInsert = (_index: number, text: string) => /^INSERT/.test(text);
      const { status, body } = await statements.failing(state, isInsert, call);
      expect([state, status, body['code']]).toEqual([state, 503, 'service-unavailable']);
      expect([state, await books()]).toEqual([state, before]);
      expect([state, (await call()).status]).toEqual([state, success]);
    }
  });

  it('single orders whose first INSERT fails with 40001 are all placed', async () => {
    for (let n = 0; n < 40; n++) {
      let isFirst = true;
      const firstInsert = (_index: number, text: string) => isFirst && /^INSERT/.test(text) && !(isFirst = false);
      const { status, body } = await statements.failing('40001', firstInsert, place);
      expect([n, status]).toEqual([n, 201]);
      expect(await order(body['id'] as string)).toMatchObject({ status: 'reserved' });
    }
  });

  it('orders that share a transaction are all placed after 40001 at any write, and none is 500', async () => {
    const together = () => Promise.all(Array.from({ length: 12 }, () => place()));
    const sent = await statements.of(together);
    const writes = new Set(sent.map(({ text }) => text).filter((text) => /^(INSERT|UPDATE|COMMIT)/.test(text)));
    for (const state of ['40001', '53100', '25006'])
      for (const write of writes) {
        const before = await books();
        // The second one of its kind: the first call goes alone, the others share the transaction after it.
        let seen = 0;
        const second = (_index: number, text: string) => text === write && ++seen === 2;
        const statuses = (await statements.failing(state, second, together)).map(({ status }) => status);
        const placed = statuses.filter((status) => status === 201).length;
        const note = `${state} at ${write.slice(0, 80)}: ${statuses.join(' ')}`;
        expect([statements.failed, note]).toEqual([1, note]);
        expect([statuses.filter((status) => ![201, 503].includes(status)), note]).toEqual([[], note]);
        if (state === '40001') expect([placed, note]).toEqual([12, note]);
        expect([difference(before, await books()), note]).toEqual([
          { orders: placed, stock: -placed, captured: 0 },
          note,
        ]);
      }
  });
});
