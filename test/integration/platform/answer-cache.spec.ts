import { setTimeout as sleep } from 'node:timers/promises';
import { Test, type TestingModule } from '@nestjs/testing';
import { type AnswerCache, AnswerCaches, HttpModule } from '@holdfast/http';
import { loadSettings, OutboxSignal, PlatformModule } from '@holdfast/platform';
import { databaseOptions } from '../../../ormconfig';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { describeWithRedis, RedisServer } from '../../support/redis';

const LONG = 600_000;

/** Loads that are counted, and that wait on request. */
class Source {
  loads = 0;
  private gate?: Promise<void>;

  get = async (): Promise<{ n: number }> => {
    const n = ++this.loads;
    await this.gate;
    return { n };
  };

  /** Loads that begin from now on wait; returns what lets them go. Those that begin after `pass` do not. */
  hold(): { letGo: () => void; pass: () => void } {
    let letGo = () => {};
    this.gate = new Promise((resolve) => (letGo = resolve));
    return { letGo, pass: () => (this.gate = undefined) };
  }
}

const answer = (n: number) => JSON.stringify({ n });

let database: TestDatabase;
let modules: TestingModule[] = [];

beforeAll(async () => (database = await createTestDatabase()));
afterAll(() => database.drop());
afterEach(async () => {
  for (const module of modules) await module.close();
  modules = [];
});

async function aProcess(environment: NodeJS.ProcessEnv, ttl = LONG) {
  const settings = loadSettings({ ...testEnvironment(database.url), ...environment });
  const module = await Test.createTestingModule({
    imports: [PlatformModule.forRoot(settings, databaseOptions(settings)), HttpModule],
  }).compile();
  modules.push(module);
  const cache = module.get(AnswerCaches).open('test', ttl, (type) => type === 'test.changed');
  await module.init();
  return { cache, notify: (type: string) => module.get(OutboxSignal).notify([type]) };
}

/** What holds wherever the answers are kept. */
function behavesAsACache(environment: () => NodeJS.ProcessEnv, ready: (cache: AnswerCache) => Promise<void>): void {
  const start = async (ttl = LONG) => {
    const started = await aProcess(environment(), ttl);
    await ready(started.cache);
    return { ...started, source: new Source(), key: `key ${Math.random()}` };
  };

  it('loads an answer once, for each key', async () => {
    const { cache, source, key } = await start();
    expect([await cache.get(key, source.get), await cache.get(key, source.get)]).toEqual([answer(1), answer(1)]);
    expect(await cache.get(`${key}, another`, source.get)).toBe(answer(2));
  });

  it('loads once for all who ask at the same time', async () => {
    const { cache, source, key } = await start();
    const { letGo } = source.hold();
    const asking = Array.from({ length: 50 }, () => cache.get(key, source.get));
    await eventually(async () => expect(source.loads).toBe(1));
    letGo();
    expect(new Set(await Promise.all(asking))).toEqual(new Set([answer(1)]));
    expect(source.loads).toBe(1);
  });

  it('is emptied by an event of its own process before the caller goes on, and by no other event', async () => {
    const { cache, source, key, notify } = await start();
    await cache.get(key, source.get);
    notify('test.happened');
    expect(await cache.get(key, source.get)).toBe(answer(1));
    notify('test.changed');
    expect(await cache.get(key, source.get)).toBe(answer(2));
  });

  it('is emptied by the event of another process', async () => {
    const [here, there] = [await start(), await start()];
    await here.cache.get(here.key, here.source.get);
    there.notify('test.changed');
    await eventually(async () => expect(await here.cache.get(here.key, here.source.get)).toBe(answer(2)));
  });

  it('neither keeps nor hands out what was asked for before a change', async () => {
    const { cache, source, key, notify } = await start();
    const { letGo, pass } = source.hold();
    const before = cache.get(key, source.get);
    await eventually(async () => expect(source.loads).toBe(1));
    pass();
    notify('test.changed');
    expect(await cache.get(key, source.get)).toBe(answer(2));
    letGo();
    expect(await before).toBe(answer(1));
    expect(await cache.get(key, source.get)).not.toBe(answer(1));
  });

  it('does not wait for what was asked for before another process changed it', async () => {
    const [here, there] = [await start(), await start()];
    const { letGo, pass } = here.source.hold();
    const before = here.cache.get(here.key, here.source.get);
    await eventually(async () => expect(here.source.loads).toBe(1));
    pass();
    there.notify('test.changed');
    const asking: Promise<string>[] = [];
    await eventually(async () => {
      asking.push(here.cache.get(here.key, here.source.get));
      expect(await Promise.race([asking.at(-1), sleep(20)])).toBe(answer(2));
    });
    letGo();
    await Promise.all([before, ...asking]);
  });

  it('keeps nothing longer than its time to live', async () => {
    const { cache, source, key } = await start(100);
    await cache.get(key, source.get);
    await sleep(150);
    expect(await cache.get(key, source.get)).toBe(answer(2));
  });

  it('passes a failure on to all who wait for it, and tries again for the next', async () => {
    const { cache, source, key } = await start();
    const failing = () => Promise.reject(new Error('no database'));
    const asking = [cache.get(key, failing), cache.get(key, failing)];
    for (const { status } of await Promise.allSettled(asking)) expect(status).toBe('rejected');
    expect(await cache.get(key, source.get)).toBe(answer(1));
  });
}

describe('a cache in the memory of the process', () => {
  behavesAsACache(
    () => ({}),
    () => Promise.resolve(),
  );

  it('has a limit, beyond which what was not asked for longest is lost', async () => {
    const { cache } = await aProcess({});
    const large = () => Promise.resolve('x'.repeat(1024 * 1024));
    const source = new Source();
    await cache.get('first', source.get);
    for (let i = 0; i < 20; i++) await cache.get(`large ${i}`, large);
    expect(await cache.get('first', source.get)).toBe(answer(1));
    for (let i = 20; i < 60; i++) await cache.get(`large ${i}`, large);
    expect(await cache.get('first', source.get)).toBe(answer(2));
  });

  it('keeps nothing when its time to live is 0', async () => {
    const { cache } = await aProcess({}, 0);
    const source = new Source();
    expect([await cache.get('key', source.get), await cache.get('key', source.get)]).toEqual([answer(1), answer(2)]);
  });
});

describeWithRedis('a cache in Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => (redis = await RedisServer.start()));
  afterAll(() => redis.goAway());

  /** Until then it goes on without. */
  const connected = (cache: AnswerCache) =>
    eventually(async () => {
      const source = new Source();
      for (let i = 0; i < 2; i++) await cache.get('connected?', source.get);
      expect(source.loads).toBeLessThan(2);
    });

  behavesAsACache(() => ({ REDIS_URL: redis.url }), connected);

  it('is one for all processes', async () => {
    const [one, two] = [await aProcess({ REDIS_URL: redis.url }), await aProcess({ REDIS_URL: redis.url })];
    await connected(one.cache);
    await connected(two.cache);
    const source = new Source();
    expect([await one.cache.get('shared', source.get), await two.cache.get('shared', source.get)]).toEqual([
      answer(1),
      answer(1),
    ]);
  });

  it.each([
    ['goes away', () => redis.goAway(), () => redis.comeBack()],
    ['falls silent', async () => redis.fallSilent(), async () => redis.speakAgain()],
  ])('goes on without Redis when that %s, and with it when it is back', async (_what, takeAway, bringBack) => {
    const { cache } = await aProcess({ REDIS_URL: redis.url });
    await connected(cache);
    const source = new Source();
    await cache.get('outage', source.get);
    await takeAway();
    try {
      for (let n = 2; n <= 10; n++) expect(await cache.get('outage', source.get)).toBe(answer(n));
    } finally {
      await bringBack();
    }
    await connected(cache);
  });
});
