import { Backoffs } from '@holdfast/platform';
import { loadSettings } from '@holdfast/platform';
import { SharedRedis } from '../../../libs/platform/src/limits/redis';
import { MemoryWindows, SlidingWindows, WINDOW_MS } from '../../../libs/platform/src/limits/sliding-windows';
import { testEnvironment } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { describeWithRedis, RedisServer } from '../../support/redis';

describe('a sliding window', () => {
  it('lets the quota in, and returns what is left and how long there will be no more', async () => {
    const windows = new MemoryWindows();
    expect(windows.enter('ann', 2, 1_000)).toMatchObject({ admitted: true, remaining: 1, reset: WINDOW_MS });
    expect(windows.enter('ann', 2, 11_000)).toMatchObject({ admitted: true, remaining: 0, reset: 50_000 });
    expect(windows.enter('ann', 2, 12_000)).toMatchObject({ admitted: false, remaining: 0, reset: 49_000 });
    expect(windows.enter('bob', 2, 12_000)).toMatchObject({ admitted: true, remaining: 1 });
    expect(windows.enter('ann', 2, 61_000)).toMatchObject({ admitted: true, remaining: 0, reset: 10_000 });
    expect(windows.enter('ann', 2, 61_001)).toMatchObject({ admitted: false });
  });

  it('lets no more in than the quota in any 60 seconds, however the tries are spread', () => {
    const quota = 5;
    for (const gap of [1, 700, 7_000, 11_999, 12_000, 30_000]) {
      const windows = new MemoryWindows();
      const admitted: number[] = [];
      for (let now = 59_900; now < 59_900 + 20 * WINDOW_MS; now += gap === 1 ? (now % 997) + 1 : gap)
        if (windows.enter('ann', quota, now).admitted) admitted.push(now);
      for (const [index, time] of admitted.entries())
        expect([gap, (admitted[index + quota] ?? Infinity) - time >= WINDOW_MS]).toEqual([gap, true]);
      // And it gives what it promises: whoever keeps trying gets all of it.
      if (gap <= 700) expect(admitted.length).toBeGreaterThanOrEqual(95);
    }
  });

  it('has no border over which twice the quota would pass', () => {
    const windows = new MemoryWindows();
    const burst = (now: number) =>
      Array.from({ length: 10 }, (_, i) => windows.enter('ann', 5, now + i)).filter(({ admitted }) => admitted).length;
    expect([burst(59_980), burst(60_000), burst(119_970), burst(119_985)]).toEqual([5, 0, 0, 5]);
  });

  it('does not count what is given back, and never more than once', async () => {
    const windows = new MemoryWindows();
    windows.enter('ann', 2, 1_000);
    const second = windows.enter('ann', 2, 1_000);
    await second.giveBack();
    expect(windows.enter('ann', 2, 1_001)).toMatchObject({ admitted: true, remaining: 0 });
    expect(windows.enter('ann', 2, 1_002)).toMatchObject({ admitted: false });
  });

  it('forgets expired keys before one that still counts, though it was used longer ago', () => {
    const windows = new MemoryWindows(2);
    windows.enter('expired', 1, 0);
    windows.enter('counts', 1, 50_000);
    expect(windows.enter('expired', 1, 55_000).admitted).toBe(false);
    windows.enter('new', 1, 60_500);
    expect(windows.enter('counts', 1, 61_000).admitted).toBe(false);
  });

  it('costs no more for a long quota', () => {
    const names = Array.from({ length: 1_000 }, (_, i) => `customer ${i}`);
    const costOf = (quota: number) => {
      const windows = new MemoryWindows();
      const { user } = process.cpuUsage();
      for (let i = 0; i < 200_000; i++) windows.enter(names[i % 1_000], quota, i);
      return process.cpuUsage().user - user;
    };
    const short = costOf(5);
    expect(costOf(100_000)).toBeLessThan(20 * short); // looking at each of 200 entries would cost more
  });
});

const redisOf = (url?: string) =>
  new SharedRedis(loadSettings({ ...testEnvironment('postgres://x/y'), REDIS_URL: url }));

/** What holds wherever the failures are kept. */
function growsWithFailures(connect: () => Promise<SharedRedis>): void {
  let redis: SharedRedis;
  let count = 0;
  let address: (at: string) => [own: { key: string; free: number }, others: { key: string; free: number }];

  beforeEach(async () => {
    redis = await connect();
    const name = `name ${++count}`;
    address = (at) => [
      { key: `${name} ${at}`, free: 3 },
      { key: name, free: 6 },
    ];
  });
  afterEach(() => redis.onApplicationShutdown());

  it('lets no more pass at once than may fail one after another', async () => {
    const backoffs = new Backoffs(redis);
    const waits = await Promise.all(Array.from({ length: 100 }, () => backoffs.begin(...address('here'))));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(3);
    for (const wait of waits.slice(3)) expect(wait).toBeGreaterThan(900);
    expect(Math.max(...waits)).toBeLessThanOrEqual(1_000);
  });

  it('doubles the wait with each failure, and starts anew after a success', async () => {
    const backoffs = new Backoffs(redis);
    for (let i = 0; i < 3; i++) expect(await backoffs.begin(...address('here'))).toBe(0);
    const pause = async () => {
      const wait = await backoffs.begin(...address('here'));
      await new Promise((resolve) => setTimeout(resolve, wait + 20));
      expect(await backoffs.begin(...address('here'))).toBe(0);
      return wait;
    };
    const [first, second] = [await pause(), await pause()];
    expect([Math.ceil(first / 1_000), Math.ceil(second / 1_000)]).toEqual([1, 2]);
    expect(Math.ceil((await backoffs.begin(...address('here'))) / 1_000)).toBe(4);
    await backoffs.succeed(...address('here'));
    for (let i = 0; i < 3; i++) expect(await backoffs.begin(...address('here'))).toBe(0);
    expect(await backoffs.begin(...address('here'))).toBeGreaterThan(0);
  });

  it('makes many addresses wait for each other, and not one that has succeeded before', async () => {
    const backoffs = new Backoffs(redis);
    await backoffs.begin(...address('home'));
    await backoffs.succeed(...address('home'));
    for (let i = 0; i < 6; i++) expect(await backoffs.begin(...address(`bot ${i}`))).toBe(0);
    expect(await backoffs.begin(...address('bot 7'))).toBeGreaterThan(0);
    for (let i = 0; i < 3; i++) expect(await backoffs.begin(...address('home'))).toBe(0);
    expect(await backoffs.begin(...address('home'))).toBeGreaterThan(0); // even there
  });
}

describe('a wait that grows, in memory', () => growsWithFailures(async () => redisOf()));

describeWithRedis('limits in Redis', () => {
  let server: RedisServer;

  beforeAll(async () => (server = await RedisServer.start()));
  afterAll(() => server.goAway());

  const connected = async () => {
    const redis = redisOf(server.url);
    await eventually(async () => expect(await redis.attempt((client) => client.ping())).toBe('PONG'));
    return redis;
  };

  describe('a wait that grows', () => growsWithFailures(connected));

  it('count for all processes together, in one step', async () => {
    const clients = [await connected(), await connected()];
    const processes = clients.map((client) => new SlidingWindows(client));
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => processes[i % 2].enter('orders', 'ann', 5)),
    );
    expect(
      answers
        .filter(({ admitted }) => admitted)
        .map(({ remaining }) => remaining)
        .sort(),
    ).toEqual([0, 1, 2, 3, 4]);
    await answers.find(({ admitted }) => admitted)!.giveBack();
    const next = await Promise.all(processes.map((each) => each.enter('orders', 'ann', 5)));
    expect(next.map(({ admitted }) => admitted).sort()).toEqual([false, true]);
    expect(next[0].reset).toBeGreaterThan(50_000);
    expect(next[0].reset).toBeLessThanOrEqual(WINDOW_MS);
    for (const client of clients) client.onApplicationShutdown();
  });

  it('forget what is older than the window, and then leave nothing behind', async () => {
    const redis = await connected();
    const windows = new SlidingWindows(redis);
    const key = 'holdfast:limit:orders:bea';
    await redis.attempt((client) => client.rpush(key, ...[70, 61, 61, 59, 10].map((s) => Date.now() - s * 1_000)));
    expect(await windows.enter('orders', 'bea', 3)).toMatchObject({ admitted: true, remaining: 0 });
    const refused = await windows.enter('orders', 'bea', 3);
    expect(refused.admitted).toBe(false);
    expect(refused.reset).toBeLessThanOrEqual(1_000);
    const [length, ttl] = (await redis.attempt((client) => Promise.all([client.llen(key), client.pttl(key)])))!;
    expect([length, ttl > 0 && ttl <= WINDOW_MS]).toEqual([3, true]);
    redis.onApplicationShutdown();
  });

  it('are kept by each process while Redis is away, at once', async () => {
    const redis = await connected();
    const windows = new SlidingWindows(redis);
    const backoffs = new Backoffs(redis);
    await server.goAway();
    const answers = await Promise.all(Array.from({ length: 20 }, () => windows.enter('orders', 'cleo', 5)));
    expect(answers.filter(({ admitted }) => admitted)).toHaveLength(5);
    const login = [
      { key: 'cleo here', free: 2 },
      { key: 'cleo', free: 9 },
    ] as const;
    const waits = await Promise.all(Array.from({ length: 20 }, () => backoffs.begin(...login)));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(2);
    await server.comeBack();
    await eventually(async () => expect(await redis.attempt((client) => client.ping())).toBe('PONG'));
    expect(await windows.enter('orders', 'cleo', 5)).toMatchObject({ admitted: true, remaining: 4 });
    redis.onApplicationShutdown();
  });
});
