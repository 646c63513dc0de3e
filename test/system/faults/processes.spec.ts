import { setTimeout as sleep } from 'node:timers/promises';
import { expectUnharmed } from '../../support/aftermath';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { MixedLoad } from '../../support/mixed-load';
import { Site } from '../../support/site';

describe('in the middle of a day, the processes', () => {
  let database: TestDatabase;
  let site: Site;
  let load: MixedLoad;

  beforeAll(async () => {
    database = await createTestDatabase();
    site = await Site.open(database);
    load = await MixedLoad.on(site);
  }, 120_000);
  afterAll(async () => {
    await load.stop();
    await site.close();
    await database.drop();
  }, 120_000);

  /** Anywhere in what it does. */
  const anyMoment = () => sleep(500 + 700 * Math.random());
  const killApi = async (index: number) => {
    expect(await site.apis[index].stop('SIGKILL')).toBe('SIGKILL');
    await site.startApi(index);
  };
  const killWorker = async () => {
    expect(await site.worker.stop('SIGKILL')).toBe('SIGKILL');
    await site.startWorker();
  };

  it('are killed at any moment, one after another and all at once, and started again', async () => {
    const kills = [
      () => killApi(0),
      killWorker,
      () => killApi(1),
      killWorker,
      () => Promise.all([killApi(0), killApi(1), killWorker()]),
    ];
    for (const kill of kills) {
      await anyMoment();
      await kill();
    }
    expect(load.exchanges.filter(({ answer }) => !answer).length).toBeGreaterThan(0);
    await expectUnharmed(site, load, { unanswered: true });
  }, 180_000);
});
