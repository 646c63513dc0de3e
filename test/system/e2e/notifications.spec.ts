import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Api, type Json, Simulator, Worker } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually, until } from '../../support/eventually';
import { expectInvariants, expectSameMoney } from '../../support/invariants';
import { MailServer } from '../../support/mail-server';
import { items, Shop } from '../../support/shop';

describe('the messages to a customer', () => {
  it('is in a folder that the worker names, or in the mailbox; a worker killed on the way tells it too', async () => {
    const database = await createTestDatabase();
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-mail-'));
    const api = await Api.start(database);
    const shop = await Shop.open(api, database);
    const ann = await shop.customer();
    const product = await shop.product({ name: 'Blue <b>bowl</b>' });

    let worker = await Worker.start(database, { MAIL_FOLDER: folder });
    const { body: order } = await ann.post('/v1/orders', items([product, 2]));
    await until(() => readdirSync(folder).some((file) => file.endsWith('.eml')));
    expect(readFileSync(join(folder, readdirSync(folder)[0]), 'utf8')).toContain(order.number);
    const named = worker.lines.filter((line) => line['folder'] === folder);
    expect(named).toHaveLength(1);
    await worker.stop();
    const logs = [worker.lines];

    // It is killed while the server has the mail in hand: nobody will ever know whether that one was taken.
    const server = await MailServer.start();
    const smtp = { SMTP_URL: server.url, MAIL_FROM: 'orders@shop.example', OUTBOX_LEASE: '1s' };
    let killed: Promise<unknown> | undefined;
    server.answer = () => {
      killed ??= worker.stop('SIGKILL');
      return null;
    };
    worker = await Worker.start(database, smtp);
    logs.push(worker.lines);
    await ann.post(`/v1/orders/${order.id}/cancel`);
    await until(() => killed !== undefined);
    await killed;
    worker = await Worker.start(database, smtp);
    logs.push(worker.lines);
    await until(() => server.mails.length === 2);
    await sleep(1_500); // longer than the lease: it is noted, and not sent again
    expect(server.mails.map(({ subject }) => subject)).toEqual(
      Array(2).fill(`Your order is canceled: ${order.number}`),
    );
    expect(new Set(server.mails.map(({ messageId }) => messageId)).size).toBe(1);
    expect(JSON.stringify(logs)).not.toMatch(/@example\.com|mail-secret/);

    await worker.stop();
    await api.stop();
    await server.close();
    rmSync(folder, { recursive: true });
    await database.drop();
  });

  describe('of money that goes back', () => {
    let database: TestDatabase;
    let server: MailServer;
    let processes: { api: Api; simulator: Simulator; worker: Worker };
    let shop: Shop;

    beforeAll(async () => {
      [database, server] = await Promise.all([createTestDatabase(), MailServer.start()]);
      const api = await Api.start(database);
      const simulator = await Simulator.start(api);
      const smtp = { SMTP_URL: server.url, MAIL_FROM: 'orders@shop.example' };
      const worker = await Worker.start(database, { ...simulator.environment, ...smtp });
      processes = { api, simulator, worker };
      shop = await Shop.open(api, database);
    });
    afterAll(async () => {
      for (const each of Object.values(processes).reverse()) await each.stop();
      await server.close();
      await database.drop();
    });

    const aPaidOrder = async (price: string) => {
      server.mails.length = 0;
      const [ann, product] = [await shop.customer(), await shop.product({ price })];
      const { body: order } = await ann.post('/v1/orders', items([product, 2]));
      const now = async (): Promise<Json> => (await ann.get(`/v1/orders/${order.id}`)).body;
      await eventually(async () => expect((await now()).status).toBe('paid'));
      const refund = (amount?: string) =>
        shop.admin.post(`/v1/orders/${order.id}/refunds`, {
          ...(amount && { amount: { amount, currency: 'GBP' } }),
          reason: 'broken',
        });
      return { id: order.id as string, number: order.number as string, product, now, refund };
    };
    /** When the worker has nothing left to do: no other mail will come. */
    const mails = async () => {
      await eventually(() => expectInvariants(database, { moment: 'drained', attempts: 6 }));
      await expectSameMoney(database, await processes.simulator.ledger());
      return server.mails.map(({ subject, text }) => ({ subject, opening: text!.split('\n')[0] }));
    };

    it('report the cancellation, and the refund once it is made', async () => {
      const order = await aPaidOrder('9.95');
      expect((await order.refund()).body.status).toBe('canceled');
      await eventually(async () => expect((await order.now()).payment.status).toBe('refunded'));
      const sent = await mails();
      expect(sent.map(({ subject }) => subject).sort()).toEqual([
        `Order confirmed: ${order.number}`,
        `We have your order: ${order.number}`,
        `Your order is canceled: ${order.number}`,
        `Your refund is on its way: ${order.number}`,
      ]);
      expect(sent.map(({ opening }) => opening)).toContain(
        'We have sent you back £19.90. It may take some days to reach you.',
      );
      expect(await shop.onHand(order.product.id)).toBe(10);
    });

    it('report no cancellation while a part is left, and report it with the last part', async () => {
      const order = await aPaidOrder('10.00');
      for (const [amount, status] of [
        ['5.00', 'partially_refunded'],
        ['15.00', 'refunded'],
      ]) {
        expect((await order.refund(amount)).status).toBe(201);
        await eventually(async () => expect((await order.now()).payment.status).toBe(status));
      }
      const openings = (await mails()).map(({ opening }) => opening.split('.')[0]).slice(2);
      expect(openings.sort()).toEqual([
        'We have sent you back £15',
        'We have sent you back £5',
        'Your order is canceled',
      ]);
    });

    it('report no cancellation of an order that has left, however much is paid back', async () => {
      const order = await aPaidOrder('10.00');
      expect((await shop.admin.post(`/v1/orders/${order.id}/fulfil`)).status).toBe(200);
      expect((await order.refund()).body.status).toBe('fulfilled');
      await eventually(async () => expect((await order.now()).payment.status).toBe('refunded'));
      expect((await mails()).map(({ subject }) => subject!.split(':')[0]).sort()).toEqual([
        ...['Order confirmed', 'We have your order', 'Your order is on its way', 'Your refund is on its way'],
      ]);
    });

    it('report that an order is canceled for which nothing was paid', async () => {
      const order = await aPaidOrder('0');
      await mails(); // two mails that are sent at one moment arrive in any order
      expect((await order.refund()).body.status).toBe('canceled');
      expect((await mails()).at(-1)?.subject).toBe(`Your order is canceled: ${order.number}`);
    });
  });
});
