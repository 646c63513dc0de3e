import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { expectUnharmed } from '../../support/aftermath';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { until } from '../../support/eventually';
import { expectDeliveredInOrder } from '../../support/invariants';
import { MixedLoad } from '../../support/mixed-load';
import { describeWithNats, NatsServer, storedEvents } from '../../support/nats';
import { Site } from '../../support/site';

const A_MOMENT = 1_500;

describeWithNats('in the middle of a day, NATS', () => {
  let nats: NatsServer;
  let database: TestDatabase;
  let site: Site;
  let load: MixedLoad;

  beforeEach(async () => {
    nats = await NatsServer.start();
    database = await createTestDatabase();
    site = await Site.open(database, { NATS_URL: nats.url });
    load = await MixedLoad.on(site);
  }, 120_000);
  afterEach(async () => {
    await load.stop();
    await site.close();
    await nats.stop();
    await database.drop();
  }, 120_000);

  const publishedSince = (since: Date) =>
    database.query<{ id: string }>(
      `SELECT id FROM platform.outbox WHERE published_at > $1 AND type <> 'notifications.message-recorded'`,
      [since],
    );
  /** Ends the load once there is enough to tell; how long that takes is the machine's. */
  const expectUnharmedAndTold = async (since = new Date(0)) => {
    await until(async () => (await publishedSince(since)).length > 100);
    await expectUnharmed(site, load);
    await expectAllTold(since);
  };
  /** Of what is in the log, nothing is missing there; but for what was published before a moment. */
  const expectAllTold = async (since: Date) => {
    const published = await publishedSince(since);
    const reader = await nats.connect();
    const stored = (await storedEvents(reader)).map(({ event }) => JSON.stringify(event));
    await reader.close();
    await expectDeliveredInOrder(
      database,
      stored,
      published.map(({ id }) => id),
    );
    expect(stored.length).toBeGreaterThan(100);
  };

  it('is killed twice and comes back: no client notices, and every event is published, in its order', async () => {
    for (const _ of [1, 2]) {
      await sleep(A_MOMENT);
      await nats.goAway();
      await sleep(A_MOMENT);
      await nats.comeBack();
    }
    expect(load.exchanges.filter(({ answer }) => !answer || answer.status >= 500)).toEqual([]);
    await expectUnharmedAndTold();
  }, 120_000);

  it('loses the stream while it is in use: it is made again, and gets all that is not marked as published', async () => {
    await sleep(A_MOMENT);
    const admin = await nats.connect();
    await (await jetstreamManager(admin)).streams.delete('HOLDFAST');
    await admin.close();
    await sleep(A_MOMENT);
    const [{ now }] = await database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    await expectUnharmedAndTold(now);
  }, 120_000);
});
