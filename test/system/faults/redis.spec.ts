import { setTimeout as sleep } from 'node:timers/promises';
import { expectUnharmed } from '../../support/aftermath';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { MixedLoad } from '../../support/mixed-load';
import { Scrape } from '../../support/prometheus';
import { describeWithRedis, RedisServer } from '../../support/redis';
import { Site } from '../../support/site';

const A_MOMENT = 1_500;

describeWithRedis('in the middle of a day, Redis', () => {
  let redis: RedisServer;
  let database: TestDatabase;
  let site: Site;
  let load: MixedLoad;

  beforeAll(async () => {
    redis = await RedisServer.start();
    database = await createTestDatabase();
    site = await Site.open(database, { REDIS_URL: redis.url });
    load = await MixedLoad.on(site);
  }, 120_000);
  afterAll(async () => {
    redis.speakAgain();
    await load.stop();
    await site.close();
    await redis.goAway();
    await database.drop();
  }, 120_000);

  const isAway = async (away: number) =>
    eventually(async () => {
      const scrapes = await Promise.all(site.apis.map(({ url }) => Scrape.of(url)));
      expect(scrapes.map((scrape) => scrape.sum('redis_away'))).toEqual([away, away]);
    });

  it('is killed, falls silent, comes back empty and is flushed: no client notices, and the metrics show it', async () => {
    const begun = Date.now();
    await sleep(A_MOMENT);
    await isAway(0);
    await redis.goAway();
    await isAway(1);
    await sleep(A_MOMENT);
    await redis.comeBack();
    await isAway(0);
    redis.fallSilent();
    await isAway(1);
    redis.speakAgain();
    await isAway(0);
    for (let times = 0; times < 10; times++) {
      await redis.flush();
      await sleep(100);
    }
    await load.untilOver(100, begun);
    const statuses = load.since(begun).map(({ answer }) => answer?.status);
    expect(statuses.filter((status) => ![200, 201, 409, 422].includes(status ?? 0))).toEqual([]);
    await expectUnharmed(site, load);
  }, 120_000);
});
