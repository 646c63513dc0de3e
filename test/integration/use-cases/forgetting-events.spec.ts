import { Test, type TestingModule } from '@nestjs/testing';
import { EventLog, firstIdOf, loadSettings, PlatformModule } from '@holdfast/platform';
import { newId } from '@holdfast/shared-kernel';
import { WebhookCourier, WebhooksModule } from '@holdfast/webhooks';
import { databaseOptions } from '../../../ormconfig';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';

const DAY = 86_400_000;

describe('the log of events', () => {
  let database: TestDatabase;
  let module: TestingModule;

  /** An id as it was made so many days ago. */
  const idOf = (days: number) => firstIdOf(Date.now() - days * DAY).slice(0, 14) + newId().slice(14);

  /** Events, each of another aggregate and noted as handled. */
  const record = async (count: number, days: number, status = 'sent', gone = { published: true, announced: true }) => {
    const ids = Array.from({ length: count }, () => idOf(days));
    await database.query(
      `INSERT INTO platform.outbox (id, type, aggregate_id, payload, status, attempts, sent_at, last_error, published_at, announced_at)
       SELECT id, 'test.recorded', gen_random_uuid(), '{}', $2::text, 1, CASE $2 WHEN 'sent' THEN now() END,
              CASE $2 WHEN 'dead' THEN 'in vain' END, CASE WHEN $3 THEN now() END, CASE WHEN $4 THEN now() END
       FROM unnest($1::uuid[]) id`,
      [ids, status, gone.published, gone.announced],
    );
    await database.query(
      `INSERT INTO platform.handled_events (handler, event_id) SELECT 'Some.handler', unnest($1::uuid[])`,
      [ids],
    );
    return ids;
  };
  const left = async (table: string, key: string) =>
    (await database.query<{ id: string }>(`SELECT ${key} AS id FROM ${table} ORDER BY 1`)).map(({ id }) => id);

  beforeAll(async () => {
    database = await createTestDatabase();
    const settings = loadSettings({ ...testEnvironment(database.url), EVENT_RETENTION: '10d' });
    module = await Test.createTestingModule({
      imports: [PlatformModule.forRoot(settings, databaseOptions(settings)), WebhooksModule],
    }).compile();
  });
  afterAll(async () => {
    await module.close();
    await database.drop();
  });

  it('forgets what is old and done with, and who has handled it; never what somebody may still wait for', async () => {
    await record(2_500, 11);
    await record(3, 12, 'discarded');
    const kept = [
      ...(await record(2, 9)),
      ...(await record(1, 11, 'pending')),
      ...(await record(1, 11, 'dead')),
      ...(await record(1, 11, 'sent', { published: false, announced: true })),
      ...(await record(1, 11, 'sent', { published: true, announced: false })),
    ].sort();
    const log = module.get(EventLog);
    const counts = await Promise.all([log.sweep(), log.sweep()]);
    expect(counts[0] + counts[1] + (await log.sweep())).toBe(2_503);
    expect(await left('platform.outbox', 'id')).toEqual(kept);
    expect(await left('platform.handled_events', 'event_id')).toEqual(kept);
  });

  it('is forgotten by the deliveries of webhooks too, but for those that are still under way', async () => {
    const [old, recent] = [Array.from({ length: 1_200 }, () => idOf(11)), idOf(9)];
    await database.query(
      `INSERT INTO webhooks.endpoints (id, url, event_types, active, secret, version, created_at, updated_at)
       SELECT gen_random_uuid(), 'https://example.com/' || n, '', true, 'sealed', 1, now(), now() FROM generate_series(1, 2) n`,
    );
    await database.query(
      `INSERT INTO webhooks.deliveries (endpoint_id, event_id, event_type, aggregate_id, sequence, body, status, sent_at)
       SELECT e.id, d.id, 'test.recorded', gen_random_uuid(), 1, '{}', d.status, CASE d.status WHEN 'sent' THEN now() END
       FROM webhooks.endpoints e, unnest($1::uuid[], $2::text[]) AS d (id, status)`,
      [
        [...old, recent],
        [...old.map((_, i) => ['pending', 'dead'][i] ?? 'sent'), 'sent'],
      ],
    );
    expect(await module.get(WebhookCourier).sweep()).toBe(2 * 1_199);
    expect(await left('webhooks.deliveries', 'event_id')).toEqual([old[0], old[0], recent, recent].sort());
  });
});
