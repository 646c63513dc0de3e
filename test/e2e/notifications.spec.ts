import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Api, Worker } from '../support/api';
import { createTestDatabase } from '../support/database';
import { MailServer } from '../support/mail-server';
import { items, Shop } from '../support/shop';

const until = async (holds: () => boolean) => {
  for (const deadline = Date.now() + 20_000; !holds(); await sleep(20))
    if (Date.now() > deadline) throw new Error('it never came true');
};

describe('what a customer is told', () => {
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
});
