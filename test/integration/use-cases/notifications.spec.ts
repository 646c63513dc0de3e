import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Test, type TestingModule } from '@nestjs/testing';
import { NotificationsModule, OperationsReports } from '@holdfast/notifications';
import { loadSettings, OutboxRelay, OutboxRelayModule, PlatformModule } from '@holdfast/platform';
import { newId, orderNumber } from '@holdfast/shared-kernel';
import PostalMime from 'postal-mime';
import { databaseOptions } from '../../../ormconfig';
import { OutboxQueries } from '../../../libs/platform/src/relay/outbox.queries';
import { makeCustomers } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { until } from '../../support/eventually';
import { MailServer } from '../../support/mail-server';

const money = (amount: string) => ({ amount, currency: 'GBP' });
const LINES = [
  { productId: newId(), sku: 'A', name: 'White  hanging\r\nheart', quantity: 2, unitPrice: money('2.95') },
  { productId: newId(), sku: 'B', name: `<script>alert("&'")</script>`, quantity: 1, unitPrice: money('1000.10') },
];
const TOTAL = money('1006.00');

interface SmsCall {
  headers: IncomingHttpHeaders;
  body: { id: string; customerId: string; text: string };
}

describe('notifications', () => {
  let database: TestDatabase;
  let mailServer: MailServer;
  let customer: string;
  let order: string;
  let workers: TestingModule[];

  const aWorker = async (environment: NodeJS.ProcessEnv = {}) => {
    const settings = loadSettings({
      ...testEnvironment(database.url),
      OUTBOX_RETRY_DELAYS: '100ms,100ms,100ms',
      OUTBOX_POLL_INTERVAL: '50ms',
      SMTP_URL: mailServer.url,
      MAIL_FROM: 'The Shop <orders@shop.example>',
      ...environment,
    });
    const module = await Test.createTestingModule({
      imports: [PlatformModule.forRoot(settings, databaseOptions(settings)), NotificationsModule, OutboxRelayModule],
    }).compile();
    await module.init();
    workers.push(module);
    module.get(OutboxRelay).start();
    return module;
  };
  const publish = async (type: string, payload: object, aggregate = order): Promise<string> => {
    const id = newId();
    await database.query('INSERT INTO platform.outbox (id, type, aggregate_id, payload) VALUES ($1, $2, $3, $4)', [
      id,
      type,
      aggregate,
      JSON.stringify(payload),
    ]);
    return id;
  };
  const placed = () =>
    publish('ordering.order-placed', { orderId: order, customerId: customer, lines: LINES, total: TOTAL });
  const paid = () => publish('ordering.order-paid', { orderId: order, customerId: customer, total: TOTAL });
  const redeliver = (id: string) =>
    database.query(
      `UPDATE platform.outbox SET status = 'pending', sent_at = NULL, claimed_until = NULL, attempts = 0 WHERE id = $1`,
      [id],
    );
  const events = (status: string) =>
    database.query<{ type: string; last_error: string }>(
      'SELECT type, last_error FROM platform.outbox WHERE status = $1 ORDER BY sequence',
      [status],
    );
  const messages = () =>
    database.query('SELECT channel, occasion, status FROM notifications.messages ORDER BY recorded_at, channel');
  const settled = async () => until(async () => (await events('pending')).length === 0);

  beforeAll(async () => {
    database = await createTestDatabase();
    mailServer = await MailServer.start();
    customer = (await makeCustomers(database, 1))[0].id;
  });
  beforeEach(() => {
    order = newId();
    workers = [];
    mailServer.mails.length = 0;
    mailServer.answer = () => null;
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.get(OutboxRelay).finish()));
    await Promise.all(workers.map((worker) => worker.close()));
    await database.query(
      'TRUNCATE notifications.messages, notifications.alerts, platform.outbox, platform.handled_events',
    );
    await database.query(`UPDATE notifications.reports SET reported_at = '-infinity'`);
  });
  afterAll(async () => {
    await mailServer.close();
    await database.drop();
  });

  const [A, B] = LINES.map(({ productId }) => ({ productId, quantity: 1 }));
  const link = { carrier: 'Post', trackingNumber: 'X1', trackingUrl: 'https://track.example/X1?a=1&b=2' };
  it.each<[what: string, type: string, payload: object, subject: string, words: string[], never: string]>([
    [
      'that a part is on its way, with the link and what is still to come',
      ...(['shipped', { items: [A], left: [A, B], ...link }, 'Part of your order is on its way'] as const),
      ['1 × White hanging heart.', `Still to come: 1 × White hanging heart, 1 × ${LINES[1].name}.`, link.trackingUrl],
      'It comes with',
    ],
    [
      'that all is on its way, without a link',
      ...(['shipped', { items: [A, B], left: [], ...link, trackingUrl: null }, 'Your order is on its way'] as const),
      ['It comes with Post, X1.'],
      'Still to come',
    ],
    [
      'that a return is asked for',
      ...(['return-requested', { items: [A] }, 'We have your request to return goods'] as const),
      ['1 × White hanging heart'],
      'pay back',
    ],
    [
      'what arrived and is paid back',
      ...([
        'return-received',
        {
          items: [
            { ...A, restocked: 1, writtenOff: 1 },
            { ...B, restocked: 0, writtenOff: 0 },
          ],
          refund: money('5.90'),
        },
        'Your return has arrived',
      ] as const),
      ['Your return has arrived: 2 × White hanging heart. We pay back £5.90.'],
      'NaN',
    ],
    [
      'why a return is rejected',
      ...(['return-rejected', { reason: 'It is worn.' }, 'We cannot accept your return'] as const),
      ['It is worn.'],
      'pay back',
    ],
  ])('tells the customer %s', async (_what, type, payload, subject, words, never) => {
    await placed();
    await publish(`fulfilment.${type}`, { orderId: order, customerId: customer, ...payload });
    await aWorker();
    await settled();
    const mail = mailServer.mails.find((each) => each.subject === `${subject}: ${orderNumber(order)}`);
    for (const each of words) expect(mail?.text).toContain(each);
    expect(mail?.text).not.toContain(never);
  });

  it('confirms an order in plain text and HTML, with its number, lines and total, escaped', async () => {
    const event = await placed();
    await aWorker();
    await settled();
    const [mail, ...more] = mailServer.mails;
    expect(more).toEqual([]);
    expect(mail.recipients).toEqual([`${customer}@example.com`]);
    expect(mail).toMatchObject({
      from: { name: 'The Shop', address: 'orders@shop.example' },
      subject: `We have your order: ${orderNumber(order)}`,
      messageId: `<${event}@shop.example>`,
    });
    expect(mail.headers).toContainEqual(expect.objectContaining({ key: 'auto-submitted', value: 'auto-generated' }));
    for (const words of [orderNumber(order), '2 × White hanging heart: £5.90', LINES[1].name, '£1,000.10', '£1,006.00'])
      expect(mail.text).toContain(words);
    expect(mail.html).toContain('<td>1 × &lt;script&gt;alert(&quot;&amp;&#39;&quot;)&lt;/script&gt;</td>');
    expect(mail.html).not.toContain('<script');
    expect(mail.html).toContain('£1,006.00');
  });

  it('reports payment, cancelation and refund, each with the lines of the order', async () => {
    await placed();
    await paid();
    const canceled = { orderId: order, customerId: customer, restocked: [], refunded: false, cause: 'x' };
    await publish('ordering.order-canceled', canceled);
    await publish('payments.payment-refunded', { orderId: order, amount: money('6.00'), inFull: false }, newId());
    await aWorker();
    await settled();
    const subjects = mailServer.mails.map(({ subject }) => subject!.split(':')[0]);
    expect(subjects.sort()).toEqual([
      'Order confirmed',
      'We have your order',
      'Your order is canceled',
      'Your refund is on its way',
    ]);
    for (const { text } of mailServer.mails) expect(text).toContain('2 × White hanging heart');
    expect(mailServer.mails.find(({ subject }) => subject!.includes('refund'))!.text).toContain('£6.00');
  });

  it('OUT-23 sends one message per event, however often it is delivered, and by however many workers', async () => {
    await placed();
    const event = await paid();
    await Promise.all([aWorker(), aWorker()]);
    await settled();
    expect(mailServer.mails).toHaveLength(2);
    await redeliver(event);
    await settled();
    // Also without the row of handled_events.
    await database.query('TRUNCATE platform.handled_events');
    for (const { id } of await database.query<{ id: string }>('SELECT id FROM platform.outbox')) await redeliver(id);
    await settled();
    expect(mailServer.mails).toHaveLength(2);
    expect(await messages()).toEqual([
      { channel: 'email', occasion: 'placed', status: 'sent' },
      { channel: 'email', occasion: 'paid', status: 'sent' },
    ]);
  });

  it('delays no order while the mail server is down, and sends every message once it is up again', async () => {
    await mailServer.close();
    await placed();
    await paid();
    const worker = await aWorker();
    // Both order events are handled; only the messages wait.
    await until(async () => (await events('sent')).length === 2);
    await until(async () => (await events('dead')).length === 2);
    const dead = await events('dead');
    expect(dead.map(({ type }) => type)).toEqual(Array(2).fill('notifications.message-recorded'));
    for (const { last_error } of dead) expect(last_error).toMatch(/^MailNotAccepted: .*(ESOCKET|ECONN)/);
    expect(await messages()).toMatchObject([{ status: 'recorded' }, { status: 'recorded' }]);

    await mailServer.open();
    const outbox = worker.get(OutboxQueries);
    for (const { id } of (await outbox.list({ status: 'dead', limit: 10 })).items) await outbox.retry(id);
    await settled();
    expect(mailServer.mails).toHaveLength(2);
    expect(await messages()).toMatchObject([{ status: 'sent' }, { status: 'sent' }]);
  });

  it('sends many mails over few connections', async () => {
    for (let n = 0; n < 30; n++) {
      order = newId();
      await placed();
    }
    const before = mailServer.connections;
    await aWorker();
    await settled();
    expect(new Set(mailServer.mails.map(({ messageId }) => messageId)).size).toBe(30);
    expect(mailServer.connections - before).toBeLessThanOrEqual(5);
  });

  it('delays no other handler while a mail server accepts connections and never answers', async () => {
    const silent = createTcpServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const sockets: Socket[] = [];
    silent.on('connection', (socket) => sockets.push(socket.on('error', () => undefined)));
    const { port } = silent.address() as AddressInfo;
    for (let n = 0; n < 5; n++) {
      order = newId();
      await placed();
    }
    await aWorker({ SMTP_URL: `smtp://127.0.0.1:${port}`, OUTBOX_CONCURRENCY: '2' });
    await until(() => sockets.length === 2);
    order = newId();
    await placed();
    await paid();
    await until(async () => (await events('sent')).length === 7);
    expect(sockets).toHaveLength(2);
    sockets.forEach((socket) => socket.destroy());
    silent.close();
    await workers[0].get(OutboxRelay).finish();
  });

  it('repeats the Message-ID when a worker died between the server’s answer and the record of it', async () => {
    const event = await placed();
    await aWorker();
    await settled();
    // The state after the crash: the server has the message, and no row records it.
    await database.query(`UPDATE notifications.messages SET status = 'recorded'`);
    await database.query(`DELETE FROM platform.handled_events WHERE handler = 'NotificationsEventHandlers.send'`);
    await database.query(
      `UPDATE platform.outbox SET status = 'pending', sent_at = NULL, attempts = 1, claimed_until = clock_timestamp()
       WHERE type = 'notifications.message-recorded'`,
    );
    await settled();
    const ids = mailServer.mails.map(({ messageId }) => messageId);
    expect(ids).toEqual(Array(2).fill(`<${event}@shop.example>`));
  });

  it('sends nothing to a closed account, also for an order placed before', async () => {
    const [{ id }] = await makeCustomers(database, 1);
    await publish('ordering.order-placed', { orderId: order, customerId: id, lines: LINES, total: TOTAL });
    await database.query('UPDATE identity.customers SET closed_at = now(), active = false WHERE id = $1', [id]);
    await aWorker();
    await settled();
    expect(mailServer.mails).toEqual([]);
    expect(await messages()).toMatchObject([{ status: 'dropped' }]);
  });

  it('SEC-22 logs neither address nor password, whatever the server answers', async () => {
    const written: string[] = [];
    const stdout = jest
      .spyOn(process.stdout, 'write')
      .mockImplementation((text) => Boolean(written.push(String(text))));
    mailServer.answer = () =>
      Object.assign(new Error(`${customer}@example.com with mail-secret refused`), { responseCode: 550 });
    await placed();
    await aWorker();
    await until(async () => (await events('dead')).length === 1);
    stdout.mockRestore();
    const [{ last_error }] = await events('dead');
    expect(last_error).toBe('MailNotAccepted: the mail server did not accept the mail: EMESSAGE 550');
    const kept = JSON.stringify(await database.query('SELECT * FROM platform.outbox, notifications.messages'));
    for (const text of [kept, written.join()]) expect(text).not.toMatch(/@example\.com|mail-secret/);
  });

  it('writes mail to a folder where no server is configured, one file for each message', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-mail-'));
    const event = await placed();
    await aWorker({ SMTP_URL: '', MAIL_FROM: '', MAIL_FOLDER: join(folder, 'new') });
    await settled();
    expect(readdirSync(join(folder, 'new'))).toEqual([`${event}.eml`]);
    const mail = await PostalMime.parse(readFileSync(join(folder, 'new', `${event}.eml`)));
    expect(mail).toMatchObject({
      to: [{ address: `${customer}@example.com` }],
      subject: `We have your order: ${orderNumber(order)}`,
    });
    rmSync(folder, { recursive: true });
  });

  describe('to operations', () => {
    const OPERATIONS = { OPERATIONS_EMAIL: 'ann@shop.example, bob@shop.example' };
    const twoWorkers = (environment: NodeJS.ProcessEnv = OPERATIONS) =>
      Promise.all([aWorker(environment), aWorker(environment)]);
    /** All workers sweep at one moment, several times, and the mails are sent. */
    const sweep = async (report: 'reportAlerts' | 'reportLowStock' = 'reportAlerts'): Promise<number> => {
      const sweeps = workers.flatMap((worker) => Array<OperationsReports>(3).fill(worker.get(OperationsReports)));
      const reported = await Promise.all(sweeps.map((reports) => reports[report]()));
      await settled();
      return reported.reduce((sum, each) => sum + each, 0);
    };
    const die = (count: number, type = 'ordering.order-paid', aggregate = newId()) =>
      database.query(
        `INSERT INTO platform.outbox (id, type, aggregate_id, payload, status)
         SELECT gen_random_uuid(), $2, $3, '{}', 'dead' FROM generate_series(1, $1)`,
        [count, type, aggregate],
      );
    const later = (time: string) =>
      database.query(`UPDATE notifications.reports SET reported_at = reported_at - $1::interval`, [time]);

    it('tells each address of a dead letter, once, in plain text', async () => {
      await twoWorkers();
      const id = await publish('ordering.order-paid', { orderId: order, customerId: customer, total: TOTAL });
      await until(async () => (await events('dead')).length === 1); // no message of the order is known
      expect(await sweep()).toBe(1);
      await later('1 hour');
      expect(await sweep()).toBe(0);
      expect(mailServer.mails).toHaveLength(1);
      const [mail] = mailServer.mails;
      expect(mail.recipients).toEqual(['ann@shop.example', 'bob@shop.example']);
      expect(mail.subject).toBe('1 dead letter');
      expect(mail.text).toContain(`ordering.order-paid ${id}`);
      expect(mail.html).toBeUndefined();
    });

    it('counts 1,000 dead letters in one mail, which names ten, and later ones in the next minute', async () => {
      await twoWorkers();
      await die(1_000);
      expect(await sweep()).toBe(1_000);
      await die(3);
      expect(await sweep()).toBe(0);
      await later('30 seconds'); // the database's clock goes on besides
      expect(await sweep()).toBe(0);
      await later('30 seconds');
      expect(await sweep()).toBe(3);
      expect(mailServer.mails.map(({ subject }) => subject)).toEqual(['1,000 dead letters', '3 dead letters']);
      const [first, second] = mailServer.mails.map(({ text }) => text!);
      expect(first.match(/ordering\.order-paid/g)).toHaveLength(10);
      expect(first).toContain('and 990 more');
      expect(second.match(/ordering\.order-paid/g)).toHaveLength(3);
    });

    it('tells of a failed refund, once, however often its event is delivered', async () => {
      await twoWorkers();
      const failed = { paymentId: newId(), orderId: order, refundId: newId(), amount: money('6.00'), reason: 'closed' };
      const id = await publish('payments.refund-failed', failed, newId());
      await settled();
      expect(await sweep()).toBe(1);
      await database.query('TRUNCATE platform.handled_events');
      await redeliver(id);
      await settled();
      await later('1 hour');
      expect(await sweep()).toBe(0);
      expect(mailServer.mails.map(({ subject }) => subject)).toEqual(['1 failed refund']);
      expect(mailServer.mails[0].text).toContain(`Refund of £6.00 for the order ${orderNumber(order)}: closed`);
    });

    it('sends no mail about its own mails, and one about those to customers', async () => {
      await twoWorkers({ ...OPERATIONS, SMTP_URL: 'smtp://127.0.0.1:1' });
      await die(1);
      await Promise.all(workers.map((worker) => worker.get(OperationsReports).reportAlerts()));
      await until(async () => (await events('dead')).length === 2);
      await later('1 hour');
      expect(await sweep()).toBe(0);
      await placed();
      await until(async () => (await events('dead')).length === 3);
      await later('1 hour');
      expect(await workers[0].get(OperationsReports).reportAlerts()).toBe(1);
    });

    it('lists products that are low on stock once a day, and sends nothing without any', async () => {
      await twoWorkers();
      const stock = async (sku: string, onHand: number, threshold: number | null) =>
        database.query(
          `INSERT INTO catalog.products (id, sku, name, description, price, currency, on_hand, active, version,
             created_at, updated_at, low_stock_threshold)
           VALUES ($1, $2, 'Lamp', '', 1, 'GBP', $3, true, 1, now(), now(), $4)`,
          [newId(), sku, onHand, threshold],
        );
      await stock('FULL', 6, 5);
      await stock('UNWATCHED', 0, null);
      expect(await sweep('reportLowStock')).toBe(0);
      await stock('LOW', 5, 5);
      await stock('OUT', 0, 1);
      expect(await sweep('reportLowStock')).toBe(2);
      expect(await sweep('reportLowStock')).toBe(0);
      await later('1 day');
      expect(await sweep('reportLowStock')).toBe(2);
      expect(mailServer.mails.map(({ subject }) => subject)).toEqual(Array(2).fill('2 products low on stock'));
      const { text } = mailServer.mails[0];
      expect(text).toContain('LOW Lamp: 5 on hand, threshold 5\n  OUT Lamp: 0 on hand, threshold 1');
      expect(text).not.toMatch(/FULL|UNWATCHED/);
      await database.query('DELETE FROM catalog.products');
    });

    it('tells nobody where no address is set', async () => {
      await twoWorkers({});
      await die(5);
      await publish('payments.refund-failed', { orderId: order, amount: money('6.00'), reason: 'x' }, newId());
      await settled();
      expect([await sweep(), await sweep('reportLowStock')]).toEqual([0, 0]);
      expect(mailServer.mails).toEqual([]);
    });
  });

  describe('by SMS', () => {
    let gateway: Server;
    let url: string;
    const calls: SmsCall[] = [];
    let status: () => number;

    beforeAll(async () => {
      gateway = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const body = JSON.parse(Buffer.concat(chunks).toString()) as SmsCall['body'];
          calls.push({ headers: request.headers, body });
          response.writeHead(status(), { location: '/elsewhere' }).end('x'.repeat(100_000));
        });
      }).listen(0, '127.0.0.1');
      await once(gateway, 'listening');
      url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/send`;
    });
    beforeEach(() => {
      calls.length = 0;
      status = () => 202;
    });
    afterAll(() => {
      gateway.closeAllConnections();
      gateway.close();
    });

    it('sends number and text to the gateway under the event’s id, and the mail as well', async () => {
      const event = await placed();
      await aWorker({ SMS_URL: url, SMS_TOKEN: 'sms-secret' });
      await settled();
      expect(mailServer.mails).toHaveLength(1);
      expect(calls).toHaveLength(1);
      expect(calls[0].headers).toMatchObject({ 'idempotency-key': event, authorization: 'Bearer sms-secret' });
      expect(calls[0].body).toEqual({
        id: event,
        customerId: customer,
        text: expect.stringContaining('Thank you') as string,
      });
      expect(calls[0].body.text).toContain(orderNumber(order));
    });

    it('D-36 follows no redirect, and retries under the same id until it is accepted', async () => {
      const answers = [302, 500];
      status = () => answers.shift() ?? 200;
      const event = await placed();
      await aWorker({ SMS_URL: url });
      await settled();
      expect(calls.map(({ headers }) => headers['idempotency-key'])).toEqual([event, event, event]);
      expect(mailServer.mails).toHaveLength(1);
      expect(await messages()).toMatchObject([{ status: 'sent' }, { status: 'sent' }]);
    });
  });
});
