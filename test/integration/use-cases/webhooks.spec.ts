import type { LookupAddress } from 'node:dns';
import { Test, type TestingModule } from '@nestjs/testing';
import { loadSettings, PlatformModule, type LoadedSettings } from '@holdfast/platform';
import { newId } from '@holdfast/shared-kernel';
import { WebhookCourier, WebhookEndpoints, WebhooksModule } from '@holdfast/webhooks';
import { databaseOptions } from '../../../ormconfig';
import { WebhooksSettings } from '../../../libs/webhooks/src/webhooks.settings';
import { HttpWebhookClient } from '../../../libs/webhooks/src/infrastructure/http-webhook-client';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { until } from '../../support/eventually';
import { expectDeliveredInOrder } from '../../support/invariants';
import { verifies, WebhookSink } from '../../support/webhook-sink';

interface Delivery {
  status: string;
  attempts: number;
  response_status: number | null;
  last_error: string | null;
}

describe('webhooks', () => {
  let database: TestDatabase;
  let workers: TestingModule[];
  let sinks: WebhookSink[];

  const settingsOf = (environment: NodeJS.ProcessEnv = {}): LoadedSettings =>
    loadSettings({
      ...testEnvironment(database.url),
      OUTBOX_RETRY_DELAYS: '50ms,50ms,50ms',
      OUTBOX_POLL_INTERVAL: '50ms',
      WEBHOOK_TARGETS: 'any',
      WEBHOOK_TIMEOUT: '30s',
      ...environment,
    });
  const aWorker = async (environment: NodeJS.ProcessEnv = {}) => {
    const settings = settingsOf(environment);
    const worker = await Test.createTestingModule({
      imports: [PlatformModule.forRoot(settings, databaseOptions(settings)), WebhooksModule],
    }).compile();
    await worker.init();
    worker.get(WebhookCourier).start();
    workers.push(worker);
    return worker.get(WebhookEndpoints);
  };
  const aSink = async () => {
    const sink = await WebhookSink.open();
    sinks.push(sink);
    return sink;
  };
  /** As a unit of work writes them; `aggregates` share the events in turn. */
  const record = async (count: number, { type = 'test.recorded', aggregates = count } = {}) => {
    const owners = Array.from({ length: aggregates }, newId);
    const ids = Array.from({ length: count }, newId);
    await database.query(
      `INSERT INTO platform.outbox (id, type, aggregate_id, payload, request_id)
       SELECT id, $2, owner, jsonb_build_object('n', n - 1), id
       FROM unnest($1::uuid[], $3::uuid[]) WITH ORDINALITY AS e(id, owner, n) ORDER BY n`,
      [ids, type, ids.map((_, i) => owners[i % aggregates])],
    );
    return ids;
  };
  const deliveries = (endpointId: string) =>
    database.query<Delivery & { event_id: string }>(
      'SELECT event_id, status, attempts, response_status, last_error FROM webhooks.deliveries WHERE endpoint_id = $1 ORDER BY sequence',
      [endpointId],
    );
  const settled = (endpointId: string, count: number, status: string) => async () =>
    (await deliveries(endpointId)).filter((each) => each.status === status).length === count;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  beforeEach(() => {
    workers = [];
    sinks = [];
  });
  afterEach(async () => {
    sinks.forEach((sink) => sink.close());
    await Promise.all(workers.map((worker) => worker.get(WebhookCourier).finish()));
    await Promise.all(workers.map((worker) => worker.close()));
    await database.query('TRUNCATE webhooks.endpoints, webhooks.deliveries, platform.outbox');
  });
  afterAll(async () => database.drop());

  it('OUT-01 delivers to each endpoint the events it subscribes to, signed, once, from two workers', async () => {
    const [endpoints, all, some] = [await aWorker(), await aSink(), await aSink()];
    await aWorker();
    const everything = await endpoints.register({ url: all.url });
    const chosen = await endpoints.register({ url: some.url, eventTypes: ['test.other', 'more.*'] });
    const recorded = await record(40, { aggregates: 8 });
    const other = await record(3, { type: 'test.other' });
    const more = await record(3, { type: 'more.of-it' });
    await until(() => all.received.length >= 46 && some.received.length >= 6);
    await until(settled(everything.id, 46, 'sent'));
    expect(all.received.map(({ id }) => id).sort()).toEqual([...recorded, ...other, ...more].sort());
    expect(some.received.map(({ id }) => id).sort()).toEqual([...other, ...more].sort());
    for (const each of all.received) expect(verifies(everything.secret, each)).toBe(true);
    for (const each of some.received) expect(verifies(everything.secret, each)).toBe(false);
    // Order between aggregates is not promised, so any delivery of this type will do.
    const { id, body, headers } = some.received.find((each) => other.includes(each.id))!;
    expect(JSON.parse(body)).toMatchObject({ specversion: '1.0', id, source: '/holdfast/test' });
    expect(headers['content-type']).toMatch(/^application\/cloudevents\+json/);
    expect(chosen.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  });

  it('keeps the order of each aggregate at each endpoint, through failures', async () => {
    const [endpoints, sink] = [await aWorker(), await aSink()];
    await aWorker();
    const taken: number[] = [];
    sink.answer = (response, { n }) => {
      if (Math.random() < 0.2) return response.writeHead(500).end();
      taken.push(n);
      return response.end();
    };
    const { id } = await endpoints.register({ url: sink.url });
    await record(60, { aggregates: 3 });
    await until(async () => (await deliveries(id)).filter(({ status }) => status !== 'pending').length === 60);
    for (let owner = 0; owner < 3; owner++) {
      const order = taken.filter((n) => n % 3 === owner);
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }
    const sent = (await deliveries(id)).filter(({ status }) => status === 'sent').map((each) => each.event_id);
    await expectDeliveredInOrder(
      database,
      sink.received.map(({ body }) => body),
      sent,
    );
  });

  it('OUT-14 repeats with the same id, a new time, and a signature that verifies each time', async () => {
    const [endpoints, sink] = [await aWorker({ OUTBOX_RETRY_DELAYS: '1s,1s,1s' }), await aSink()];
    sink.answer = (response) => response.writeHead(sink.received.length < 3 ? 500 : 204).end();
    const { id, secret } = await endpoints.register({ url: sink.url });
    const [event] = await record(1);
    await until(settled(id, 1, 'sent'));
    expect(sink.received.map((each) => each.id)).toEqual([event, event, event]);
    expect(new Set(sink.received.map(({ timestamp }) => timestamp)).size).toBe(3);
    expect(new Set(sink.received.map(({ body }) => body)).size).toBe(1);
    for (const each of sink.received) {
      expect(verifies(secret, each)).toBe(true);
      expect(Math.abs(each.timestamp - each.at / 1_000)).toBeLessThan(30);
    }
    expect(await deliveries(id)).toMatchObject([
      { status: 'sent', attempts: 3, response_status: 204, last_error: null },
    ]);
  });

  it('OUT-02 makes one try and one for each delay, then a dead letter, and delivers later events', async () => {
    const [endpoints, sink] = [await aWorker(), await aSink()];
    sink.answer = (response, { n }) => response.writeHead(n === 0 ? 500 : 200).end();
    const { id } = await endpoints.register({ url: sink.url });
    const [poison, later] = await record(2, { aggregates: 1 });
    await until(settled(id, 1, 'sent'));
    expect(sink.received.map((each) => each.id)).toEqual([poison, poison, poison, poison, later]);
    expect(await deliveries(id)).toMatchObject([
      { status: 'dead', attempts: 4, response_status: 500, last_error: 'answered 500' },
      { status: 'sent', attempts: 1 },
    ]);
    sink.answer = (response) => response.end();
    await endpoints.redeliver(id, poison);
    await until(settled(id, 2, 'sent'));
    expect(sink.received.at(-1)).toMatchObject({ id: poison });
    await endpoints.redeliver(id, later); // a sent one may be redelivered, too
    await until(() => sink.received.length === 7);
    await expect(endpoints.redeliver(id, newId())).rejects.toMatchObject({ code: 'webhook-delivery-not-found' });
  });

  it('OUT-15 counts a redirect as a failure, and does not follow it', async () => {
    const [endpoints, sink, elsewhere] = [await aWorker(), await aSink(), await aSink()];
    sink.answer = (response) => response.writeHead(302, { location: elsewhere.url }).end();
    const { id } = await endpoints.register({ url: sink.url });
    await record(1);
    await until(settled(id, 1, 'dead'));
    expect([sink.received.length, elsewhere.received.length]).toEqual([4, 0]);
  });

  it('OUT-15 disables an endpoint that answers 410, and ends its pending deliveries', async () => {
    const [endpoints, sink] = [await aWorker(), await aSink()];
    sink.answer = (response) => response.writeHead(410).end();
    const { id } = await endpoints.register({ url: sink.url });
    const [first] = await record(5, { aggregates: 1 });
    await until(settled(id, 5, 'dead'));
    await until(async () => (await deliveries(id))[0].response_status === 410);
    expect(sink.received.map((each) => each.id)).toEqual([first]);
    const [row] = await database.query('SELECT active, disabled_because FROM webhooks.endpoints');
    expect(row).toEqual({ active: false, disabled_because: 'it answered 410 Gone' });
    const witness = await endpoints.register({ url: (await aSink()).url });
    await record(2);
    await until(settled(witness.id, 2, 'sent'));
    expect(await deliveries(id)).toHaveLength(5);
    await expect(endpoints.redeliver(id, first)).rejects.toMatchObject({ code: 'webhook-endpoint-disabled' });
    sink.answer = (response) => response.end();
    expect(await endpoints.change(id, { active: true })).toMatchObject({ active: true, disabledBecause: null });
    await record(1);
    await until(settled(id, 1, 'sent'));
  });

  it.each([429, 503])('OUT-15 honours the Retry-After of a %d', async (status) => {
    const [endpoints, sink] = [await aWorker(), await aSink()];
    sink.answer = (response) =>
      sink.received.length === 1 ? response.writeHead(status, { 'retry-after': '2' }).end() : response.end();
    const { id } = await endpoints.register({ url: sink.url });
    await record(1);
    await until(settled(id, 1, 'sent'));
    const [first, second] = sink.received;
    expect(second.at - first.at).toBeGreaterThanOrEqual(1_990);
  });

  it('OUT-16 cuts off an endpoint that hangs', async () => {
    const [endpoints, hanging] = [await aWorker({ WEBHOOK_TIMEOUT: '1s' }), await aSink()];
    hanging.answer = () => undefined;
    const { id } = await endpoints.register({ url: hanging.url });
    await record(1);
    await until(async () => (await deliveries(id))[0]?.last_error === 'no answer within 1000 ms');
  });

  it('OUT-16 delivers other aggregates, at this endpoint and others, while one call hangs', async () => {
    const [endpoints, hanging, healthy] = [await aWorker(), await aSink(), await aSink()];
    hanging.answer = (response, { n }) => (n === 0 ? undefined : response.end());
    const slow = await endpoints.register({ url: hanging.url });
    const quick = await endpoints.register({ url: healthy.url });
    await record(21);
    await until(settled(quick.id, 21, 'sent'));
    await until(settled(slow.id, 20, 'sent'));
    expect((await deliveries(slow.id))[0]).toMatchObject({ status: 'pending', last_error: null }); // it hangs still
  });

  it('keeps no endpoint waiting for another whose calls all hang', async () => {
    const [endpoints, hanging, healthy] = [await aWorker(), await aSink(), await aSink()];
    hanging.answer = () => undefined;
    const slow = await endpoints.register({ url: hanging.url });
    const quick = await endpoints.register({ url: healthy.url });
    await record(100);
    await until(settled(quick.id, 100, 'sent'));
    expect((await deliveries(slow.id)).filter(({ last_error }) => last_error)).toEqual([]); // all of them hang still
    expect(hanging.received.length).toBeLessThanOrEqual(12);
  });

  it('reads a long answer only up to a limit, and counts the status', async () => {
    const [endpoints, sink] = [await aWorker(), await aSink()];
    let sent = 0;
    let isCutOff = false;
    sink.answer = (response) => {
      response.once('close', () => (isCutOff = true));
      const more = () => {
        while (!response.destroyed && sent < 200_000_000 && response.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      response.writeHead(200).on('drain', more);
      more();
    };
    const { id } = await endpoints.register({ url: sink.url });
    await record(1);
    await until(settled(id, 1, 'sent'));
    await until(() => isCutOff);
    expect(sent).toBeLessThan(20_000_000);
  });

  it('signs with the old secret and the new for a day after a rotation', async () => {
    const [endpoints, sink] = [await aWorker(), await aSink()];
    const { id, secret: old } = await endpoints.register({ url: sink.url });
    const { secret, previousSecretEndsAt } = await endpoints.rotateSecret(id);
    expect(Date.parse(previousSecretEndsAt!) - Date.now()).toBeGreaterThan(23 * 3_600_000);
    await record(1);
    await until(() => sink.received.length === 1);
    expect(sink.received[0].signatures).toHaveLength(2);
    expect([old, secret].map((each) => verifies(each, sink.received[0]))).toEqual([true, true]);
    await database.query('UPDATE webhooks.endpoints SET previous_secret_ends_at = clock_timestamp()');
    await record(1);
    await until(() => sink.received.length === 2);
    expect([old, secret].map((each) => verifies(each, sink.received[1]))).toEqual([false, true]);
  });

  it('keeps secrets encrypted, and reports a changed key', async () => {
    const [endpoints, sink] = [await aWorker(), await aSink()];
    const { id, secret } = await endpoints.register({ url: sink.url });
    const [row] = await database.query<{ text: string }>('SELECT e::text AS text FROM webhooks.endpoints e');
    expect(row.text).not.toContain(secret.slice(6, 30));
    await expect(database.query(`UPDATE webhooks.endpoints SET secret = 'whsec_clear'`)).rejects.toThrow('sealed');
    await Promise.all(workers.map((worker) => worker.get(WebhookCourier).finish()));
    await record(1);
    await aWorker({ WEBHOOK_SECRETS_KEY: 'another key, which is long enough to be one' });
    await until(settled(id, 1, 'dead'));
    expect((await deliveries(id))[0].last_error).toMatch(/rotate it/);
    expect(sink.received).toEqual([]);
  });

  it('gives the deliveries of a vanished worker to another when the claim lapses', async () => {
    const [endpoints, sink] = [await aWorker(), await aSink()];
    const { id } = await endpoints.register({ url: sink.url });
    await Promise.all(workers.map((worker) => worker.get(WebhookCourier).finish()));
    const [event] = await record(1);
    await database.query('UPDATE platform.outbox SET announced_at = clock_timestamp()');
    await database.query(
      `INSERT INTO webhooks.deliveries (endpoint_id, event_id, event_type, aggregate_id, sequence, body, attempts, claimed_until)
       VALUES ($1, $2, 'test.recorded', $2, 1, '{"data":{"n":0}}', 1, clock_timestamp() + interval '1 hour')`,
      [id, event],
    );
    await aWorker();
    const [other] = await record(1);
    await until(settled(id, 1, 'sent'));
    expect(sink.received.map((each) => each.id)).toEqual([other]);
    await database.query('UPDATE webhooks.deliveries SET claimed_until = clock_timestamp() WHERE event_id = $1', [
      event,
    ]);
    await until(settled(id, 2, 'sent'));
  });

  it('OUT-21 finishes deliveries in flight at shutdown, and begins no more', async () => {
    const [endpoints, sink] = [await aWorker(), await aSink()];
    const inHand: (() => void)[] = [];
    sink.answer = (response) => void inHand.push(() => response.end());
    const { id } = await endpoints.register({ url: sink.url });
    await record(20);
    await until(() => sink.received.length === 4);
    const finished = workers[0].get(WebhookCourier).finish();
    for (const answer of inHand) answer();
    await finished;
    expect(sink.received).toHaveLength(4);
    expect(await settled(id, 4, 'sent')()).toBe(true);
  });

  describe('call only into the public internet', () => {
    class Resolving extends HttpWebhookClient {
      lookups = 0;
      addresses: string[][] = [];

      protected override async resolve(): Promise<LookupAddress[]> {
        const answer = this.addresses[Math.min(this.lookups++, this.addresses.length - 1)];
        return answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      }
    }
    const aClient = (...addresses: string[][]) => {
      const client = new Resolving(new WebhooksSettings(settingsOf({ WEBHOOK_TARGETS: 'public' })));
      client.addresses = addresses;
      return client;
    };
    const refused = { code: 'webhook-url-refused', kind: 'invalid' };

    const FORBIDDEN = [
      ['this host', '0.0.0.0'],
      ['this network', '0.1.2.3'],
      ['loopback', '127.0.0.1'],
      ['loopback', '127.255.255.254'],
      ['private', '10.0.0.1'],
      ['private', '172.16.0.1'],
      ['private', '172.31.255.255'],
      ['private', '192.168.1.1'],
      ['shared', '100.64.0.1'],
      ['link-local, metadata', '169.254.169.254'],
      ['protocol assignments', '192.0.0.8'],
      ['documentation', '192.0.2.1'],
      ['benchmarking', '198.18.0.1'],
      ['multicast', '224.0.0.1'],
      ['reserved', '240.0.0.1'],
      ['broadcast', '255.255.255.255'],
      ['unspecified', '::'],
      ['loopback', '::1'],
      ['IPv4-mapped', '::ffff:127.0.0.1'],
      ['IPv4-mapped', '::ffff:8.8.8.8'],
      ['IPv4-mapped', '::ffff:a9fe:a9fe'],
      ['IPv4-compatible', '::7f00:1'],
      ['IPv4-translated', '::ffff:0:7f00:1'],
      ['NAT64', '64:ff9b::7f00:1'],
      ['local NAT64', '64:ff9b:1::1'],
      ['6to4', '2002:7f00:1::'],
      ['Teredo', '2001::1'],
      ['unique local, metadata', 'fd00:ec2::254'],
      ['link-local', 'fe80::1'],
      ['site-local', 'fec0::1'],
      ['discard', '100::1'],
      ['multicast', 'ff02::1'],
      ['documentation', '2001:db8::1'],
    ];

    it.each(FORBIDDEN)('refuse %s, %s: as a name, as an address, and at the call', async (_, address) => {
      await expect(aClient([address]).ensureCallable('https://shop.example/hook')).rejects.toMatchObject(refused);
      await expect(aClient(['8.8.8.8', address]).ensureCallable('https://shop.example/hook')).rejects.toMatchObject(
        refused,
      );
      const literal = `https://${address.includes(':') ? `[${address}]` : address}/hook`;
      await expect(aClient(['8.8.8.8']).ensureCallable(literal)).rejects.toMatchObject(refused);
      await expect(aClient(['8.8.8.8']).post(literal, {}, '{}')).rejects.toThrow('not called');
      await expect(aClient([address]).post('https://shop.example/hook', {}, '{}')).rejects.toThrow('not called');
    });

    it.each([
      'http://shop.example/hook',
      'https://ann:secret@shop.example/',
      'https://2130706433/',
      'https://0x7f.1/',
      'https://0177.0.0.1/',
      'https://127.1/',
      'https://[::ffff:7f00:1]/',
    ])('refuse %s', async (url) => {
      await expect(aClient(['8.8.8.8']).ensureCallable(url)).rejects.toMatchObject(refused);
      await expect(aClient(['8.8.8.8']).post(url, {}, '{}')).rejects.toThrow('not called');
    });

    it.each(['8.8.8.8', '2606:4700:4700::1111'])('admit %s', async (address) => {
      await aClient([address]).ensureCallable('https://shop.example/hook');
    });

    it('resist a name that resolves to another address after the check', async () => {
      const sink = await aSink();
      const { port } = new URL(sink.url);
      const client = aClient(['8.8.8.8'], ['127.0.0.1']);
      await client.ensureCallable(`https://rebind.example:${port}/hook`);
      await expect(client.post(`https://rebind.example:${port}/hook`, {}, '{}')).rejects.toThrow('not called');
      expect([client.lookups, sink.received]).toEqual([2, []]);
    });

    it('connect to the very addresses that were looked up', async () => {
      const sink = await aSink();
      const client = new Resolving(new WebhooksSettings(settingsOf()));
      client.addresses = [['127.0.0.1']];
      const { port } = new URL(sink.url);
      const answer = await client.post(`http://nowhere.invalid:${port}/hook`, { 'webhook-id': '1' }, '{"data":{}}');
      expect([answer.status, sink.received[0].headers.host]).toEqual([200, `nowhere.invalid:${port}`]);
    });

    it('refuse a name that does not resolve', async () => {
      const client = new HttpWebhookClient(new WebhooksSettings(settingsOf({ WEBHOOK_TARGETS: 'public' })));
      await expect(client.ensureCallable('https://no-such-host.invalid/')).rejects.toMatchObject(refused);
      await expect(client.ensureCallable('https://localhost/')).rejects.toMatchObject(refused);
    });
  });
});
