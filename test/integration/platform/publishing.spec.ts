import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  type CloudEvent,
  cloudEventOf,
  currentUnit,
  EventPublisher,
  loadSettings,
  OnEvent,
  OutboxRelay,
  OutboxRelayModule,
  PlatformModule,
  requestContext,
} from '@holdfast/platform';
import { newId } from '@holdfast/shared-kernel';
import { databaseOptions } from '../../../ormconfig';
import { writeEvents } from '../../../libs/platform/src/outbox/outbox';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { until } from '../../support/eventually';
import { expectDeliveredInOrder } from '../../support/invariants';
import { describeWithNats, NatsServer, storedEvents } from '../../support/nats';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('the envelope of a published event', () => {
  const event = {
    id: '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44',
    type: 'ordering.order-placed',
    aggregate_id: '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a45',
    sequence: '42',
    payload: { orderId: '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a45' },
    occurred_at: new Date('2026-01-02T03:04:05.678Z'),
    request_id: '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a46',
    traceparent: TRACE,
    causation_id: '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a47',
  };

  it('OUT-13 is a CloudEvent 1.0', () => {
    expect(cloudEventOf(event)).toEqual({
      specversion: '1.0',
      id: event.id,
      source: '/holdfast/ordering',
      type: 'holdfast.ordering.order-placed.v1',
      subject: event.aggregate_id,
      time: '2026-01-02T03:04:05.678Z',
      datacontenttype: 'application/json',
      partitionkey: event.aggregate_id,
      sequence: '0000000000000000042',
      traceparent: TRACE,
      correlationid: event.request_id,
      causationid: event.causation_id,
      data: event.payload,
    });
  });

  it('leaves out what is not known, and names its attributes as CloudEvents allows', () => {
    const bare = cloudEventOf({ ...event, request_id: null, traceparent: null, causation_id: null });
    const attributes = Object.keys(JSON.parse(JSON.stringify(bare)) as object);
    expect(attributes).not.toEqual(expect.arrayContaining(['traceparent']));
    expect(attributes).toHaveLength(10);
    for (const name of attributes) expect(name).toMatch(/^[a-z0-9]{1,20}$/);
  });

  it('has a sequence that sorts as text', () => {
    const [nine, ten] = ['9', '10'].map((sequence) => cloudEventOf({ ...event, sequence }).sequence);
    expect(nine < ten).toBe(true);
  });
});

/** A handler that fails, and one that records an event of its own. */
let handlerFails = false;

@Injectable()
class Reactions {
  @OnEvent('test.asked')
  async answer(): Promise<void> {
    if (handlerFails) throw new Error('no answer');
    const event = { type: 'test.answered', n: 1 };
    await writeEvents([{ aggregateId: newId(), event, context: requestContext.getStore() }], currentUnit().statement);
  }
}

@Module({ providers: [Reactions] })
class ReactionsModule {}

describeWithNats('publishing to NATS JetStream', () => {
  let nats: NatsServer;
  let database: TestDatabase;
  let workers: TestingModule[] = [];
  let consumer: NatsConnection | undefined;

  const aWorker = async (environment: NodeJS.ProcessEnv = {}) => {
    const settings = loadSettings({
      ...testEnvironment(database.url),
      NATS_URL: nats.url,
      OUTBOX_RETRY_DELAYS: '50ms,100ms,100ms',
      OUTBOX_POLL_INTERVAL: '50ms',
      ...environment,
    });
    const worker = await Test.createTestingModule({
      imports: [PlatformModule.forRoot(settings, databaseOptions(settings)), ReactionsModule, OutboxRelayModule],
    }).compile();
    await worker.init();
    worker.get(OutboxRelay).start();
    worker.get(EventPublisher).start();
    workers.push(worker);
    return worker;
  };
  const stopWorkers = async () => {
    for (const worker of workers) await worker.get(EventPublisher).finish();
    for (const worker of workers) await worker.get(OutboxRelay).finish();
    for (const worker of workers) await worker.close();
    workers = [];
  };
  /** As a unit of work writes them; `aggregates` share the events in turn. */
  const record = async (count: number, { type = 'test.recorded', aggregates = count } = {}) => {
    const owners = Array.from({ length: aggregates }, newId);
    const ids = Array.from({ length: count }, newId);
    await database.query(
      `INSERT INTO platform.outbox (id, type, aggregate_id, payload, request_id, traceparent)
       SELECT id, $2, owner, jsonb_build_object('n', n - 1), id, $4
       FROM unnest($1::uuid[], $3::uuid[]) WITH ORDINALITY AS e(id, owner, n) ORDER BY n`,
      [ids, type, ids.map((_, i) => owners[i % aggregates]), TRACE],
    );
    return ids;
  };
  const listen = async () => {
    await consumer?.close();
    consumer = await nats.connect();
  };
  const unpublished = async () => {
    const [{ n }] = await database.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM platform.outbox WHERE published_at IS NULL',
    );
    return n;
  };
  const stored = () => storedEvents(consumer!);

  const expectAllTold = async (messages: { event: CloudEvent }[]) => {
    const rows = await database.query<{ id: string }>('SELECT id FROM platform.outbox WHERE published_at IS NOT NULL');
    await expectDeliveredInOrder(
      database,
      messages.map(({ event }) => JSON.stringify(event)),
      rows.map(({ id }) => id),
    );
  };

  beforeAll(async () => {
    nats = await NatsServer.start();
    database = await createTestDatabase();
  });
  beforeEach(async () => {
    handlerFails = false;
    await listen();
  });
  afterEach(async () => {
    await stopWorkers();
    const manager = await jetstreamManager(consumer!);
    await manager.streams.delete('HOLDFAST').catch(() => undefined); // a test may have made none
    await consumer?.close();
    await database.query('TRUNCATE platform.outbox, platform.handled_events, platform.leases');
  });
  afterAll(async () => {
    await nats.stop();
    await database.drop();
  });

  it('OUT-13 sends each event as it stands in the log, in the order of its aggregate, from several workers', async () => {
    const ids = await record(1_200, { aggregates: 40 });
    await Promise.all([aWorker(), aWorker()]);
    await until(async () => (await unpublished()) === 0);
    const messages = await stored();
    expect(messages).toHaveLength(1_200);
    expect(new Set(messages.map(({ event }) => event.id))).toEqual(new Set(ids));
    await expectAllTold(messages);
    for (const { subject, contentType } of messages) {
      expect(subject).toBe('holdfast.test.recorded.v1');
      expect(contentType).toMatch(/^application\/cloudevents\+json/);
    }
    const [{ event }] = messages;
    expect(event).toMatchObject({
      correlationid: event.id,
      traceparent: TRACE,
      data: { n: expect.any(Number) as number },
    });
  });

  it('publishes no internal event, and no private part of an event', async () => {
    await record(1, { type: 'notifications.message-recorded' });
    const [id] = await record(1);
    await database.query(`UPDATE platform.outbox SET payload = '{"n": 1, "private": {"n": 2}}' WHERE id = $1`, [id]);
    await aWorker();
    await until(async () => (await unpublished()) === 0);
    expect((await stored()).map(({ event }) => [event.id, event.data])).toEqual([[id, { n: 1 }]]);
  });

  it('stores an event once when the answer to it was lost, and it is sent again', async () => {
    const ids = await record(20);
    await aWorker();
    await until(async () => (await unpublished()) === 0);
    await database.query('UPDATE platform.outbox SET published_at = NULL');
    await until(async () => (await unpublished()) === 0);
    const messages = await stored();
    expect(messages.map(({ event }) => event.id).sort()).toEqual([...ids].sort());
  });

  it('names the event that led to another, and the request that began it', async () => {
    const [cause] = await record(1, { type: 'test.asked' });
    await aWorker();
    await until(async () => (await stored().catch(() => [])).length === 2);
    const answer = (await stored()).find(({ event }) => event.type === 'holdfast.test.answered.v1')!;
    expect(answer.event).toMatchObject({ causationid: cause, correlationid: cause, traceparent: TRACE });
  });

  it('waits while the broker is away, holds up no handler meanwhile, and loses nothing', async () => {
    await aWorker();
    const before = await record(5);
    await until(async () => (await unpublished()) === 0);
    await nats.goAway();
    const during = await record(30, { type: 'test.asked', aggregates: 3 });
    await until(async () => {
      const rows = await database.query(`SELECT FROM platform.outbox WHERE status = 'sent' AND type = 'test.asked'`);
      return rows.length === 30;
    });
    expect(await unpublished()).toBe(60); // and what was recorded in answer
    await nats.comeBack();
    await until(async () => (await unpublished()) === 0);
    await listen();
    const messages = await stored();
    await expectAllTold(messages);
    const ids = messages.map(({ event }) => event.id);
    expect(ids).toHaveLength(65);
    expect(new Set(ids)).toEqual(new Set([...ids, ...before, ...during]));
  });

  it('starts without the broker, and publishes when it comes', async () => {
    await nats.goAway();
    const worker = aWorker();
    const ids = await record(3);
    await worker;
    await sleep(300);
    expect(await unpublished()).toBe(3);
    await nats.comeBack();
    await until(async () => (await unpublished()) === 0);
    await listen();
    await until(async () => (await stored().catch(() => [])).length === ids.length);
  });

  it('is not held up by a handler that fails', async () => {
    handlerFails = true;
    await aWorker();
    const ids = await record(4, { type: 'test.asked', aggregates: 1 });
    await until(async () => (await stored().catch(() => [])).length === 4);
    expect((await stored()).map(({ event }) => event.id)).toEqual(ids);
    expect(await database.query(`SELECT FROM platform.outbox WHERE status = 'sent'`)).toEqual([]);
  });

  it('lets others through when the broker refuses one event', async () => {
    await aWorker();
    const [refused] = await record(1);
    // Larger than the broker's default limit of 1 MB.
    await until(async () => (await unpublished()) === 0);
    await database.query(
      `UPDATE platform.outbox SET published_at = NULL, payload = jsonb_build_object('text', repeat('x', 1100000)) WHERE id = $1`,
      [refused],
    );
    const good = await record(3);
    await until(async () => (await unpublished()) === 1);
    const later = await record(3);
    await until(async () => (await unpublished()) === 1);
    const ids = (await stored()).map(({ event }) => event.id);
    expect(new Set(ids)).toEqual(new Set([refused, ...good, ...later]));
  });

  it('goes on from another worker at once when one stops, and after its lease when one vanishes', async () => {
    await aWorker();
    await record(1);
    await until(async () => (await unpublished()) === 0);
    await stopWorkers();
    expect(await database.query('SELECT FROM platform.leases')).toEqual([]);
    await database.query(
      `INSERT INTO platform.leases VALUES ('event-publisher', gen_random_uuid(), clock_timestamp() + interval '1 hour')`,
    );
    await record(1);
    await aWorker();
    await sleep(200);
    expect(await unpublished()).toBe(1);
    await database.query('UPDATE platform.leases SET held_until = clock_timestamp()');
    await until(async () => (await unpublished()) === 0);
  });

  it('uses the stream that its operator made', async () => {
    const manager = await jetstreamManager(consumer!);
    await manager.streams.add({ name: 'HOLDFAST', subjects: ['holdfast.>'], max_msgs: 2, description: 'ours' });
    await record(5);
    await aWorker();
    await until(async () => (await unpublished()) === 0);
    const { config, state } = await manager.streams.info('HOLDFAST');
    expect([config.description, state.messages]).toEqual(['ours', 2]);
  });

  it('does nothing without a NATS_URL: the outbox is the log, and is not published later', async () => {
    await record(3);
    await aWorker({ NATS_URL: undefined });
    await until(async () => (await unpublished()) === 0);
    expect(await database.query('SELECT FROM platform.leases')).toEqual([]);
    await stopWorkers();
    const [later] = await record(1);
    await aWorker();
    await until(async () => (await unpublished()) === 0);
    expect((await stored()).map(({ event }) => event.id)).toEqual([later]);
  });
});
