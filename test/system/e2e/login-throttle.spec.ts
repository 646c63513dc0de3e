import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '@holdfast/shared-kernel';
import { Passwords } from '../../../libs/identity/src/application/passwords';
import { type Answer, Api, type Json } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { Scrape } from '../../support/prometheus';
import { describeWithRedis, RedisServer } from '../../support/redis';
import { storm, tally } from '../../support/storm';

const PASSWORD = 'correct horse battery';

let database: TestDatabase;
let apis: Api[];
let turn = 0;
let addresses = 0;

beforeAll(async () => (database = await createTestDatabase()));
afterAll(() => database.drop());

const start = async (environment: NodeJS.ProcessEnv, count: number) => {
  const all = Array.from({ length: count }, () => Api.start(database, { TRUST_PROXY_HOPS: '1', ...environment }));
  apis = await Promise.all(all);
};
const stop = () => Promise.all(apis.map((api) => api.stop()));

const anAddress = () => `203.0.113.${++addresses}`;
const logIn = (username: string, password: string, address: string) =>
  apis[turn++ % apis.length]
    .as()
    .send<Json>('POST', '/v1/auth/token', { username, password }, { 'x-forwarded-for': address });

async function aCustomer(): Promise<string> {
  const username = `u${newId().slice(-10)}`;
  const { status } = await apis[0]
    .as()
    .post('/v1/customers', { username, email: `${username}@example.com`, password: PASSWORD });
  expect(status).toBe(201);
  return username;
}

/** The throttled log-ins of all processes, by their own metrics. */
async function throttled(): Promise<number> {
  const scrapes = await Promise.all(apis.map(({ url }) => Scrape.of(url)));
  return scrapes.reduce((sum, scrape) => sum + scrape.sum('log_ins_throttled_total'), 0);
}

function expectThrottled(answer: Answer<Json>): number {
  expect([answer.status, answer.body.code]).toEqual([429, 'login-throttled']);
  const seconds = Number(answer.headers.get('retry-after'));
  expect([Number.isInteger(seconds), seconds >= 1, seconds <= 900]).toEqual([true, true, true]);
  return seconds;
}

function itThrottlesGuesses(): void {
  it('D-29 gives a hundred parallel wrong passwords no more tries than sequential ones', async () => {
    const [ann, address] = [await aCustomer(), anAddress()];
    const [counted, began] = [await throttled(), Date.now()];
    const guesses = await storm(Array.from({ length: 100 }, (_, i) => () => logIn(ann, `wrong horse ${i}`, address)));
    const { 401: tried, 429: refused } = tally(guesses);
    expect([tried + refused, tried >= 5]).toEqual([100, true]);
    expect((await throttled()) - counted).toBe(refused);
    // Five, and on a slow machine one more after each wait that has passed: 1, 2, 4 … s.
    expect(tried).toBeLessThanOrEqual(5 + Math.log2(1 + (Date.now() - began) / 1_000));
    for (const guess of guesses.filter(({ status }) => status === 429)) expectThrottled(guess);
  });

  it('D-29 lengthens the wait after each failure, for the right password too, until it is accepted', async () => {
    const [ann, address] = [await aCustomer(), anAddress()];
    const waits: number[] = [];
    for (let failures = 0; failures < 8;) {
      const guess = await logIn(ann, 'wrong horse', address);
      if (guess.status === 401) failures++;
      else {
        const wait = expectThrottled(guess);
        waits.push(wait);
        await sleep(wait * 1_000);
      }
    }
    expect(waits).toEqual([1, 2, 4]);
    const wait = expectThrottled(await logIn(ann, PASSWORD, address));
    for (const name of [` ${ann.toUpperCase()} `, `${ann}@example.com`])
      expectThrottled(await logIn(name, PASSWORD, address));
    // Others at the same address do not wait, nor does the customer at another.
    expect((await logIn(await aCustomer(), PASSWORD, address)).status).toBe(200);
    expect((await logIn(ann, PASSWORD, anAddress())).status).toBe(200);
    await sleep(wait * 1_000);
    expect((await logIn(ann, PASSWORD, address)).status).toBe(200);
    // A log-in resets the wait.
    for (let i = 0; i < 5; i++) expect((await logIn(ann, 'wrong horse', address)).status).toBe(401);
  });

  it('D-29 stops guesses from many addresses, but never the owner at an address of an earlier log-in', async () => {
    const [bob, home] = [await aCustomer(), anAddress()];
    expect((await logIn(bob, PASSWORD, home)).status).toBe(200);
    const bots = await storm(Array.from({ length: 60 }, () => () => logIn(bob, 'wrong horse', anAddress())));
    const { 401: tried, 429: refused } = tally(bots);
    expect([tried + refused, tried >= 50, tried <= 53]).toEqual([60, true, true]);
    // From now on they share one try after each wait.
    const more = await storm(Array.from({ length: 20 }, () => () => logIn(bob, 'wrong horse', anAddress())));
    expect(tally(more)[401] ?? 0).toBeLessThanOrEqual(1);
    for (const answer of more.filter(({ status }) => status !== 401)) expectThrottled(answer);
    expect((await logIn(bob, PASSWORD, home)).status).toBe(200);
  });

  it('ID-06 treats an unknown name alike', async () => {
    const [nobody, address] = [newId(), anAddress()];
    const guesses = await storm(Array.from({ length: 10 }, () => () => logIn(nobody, PASSWORD, address)));
    const { 401: tried, 429: refused } = tally(guesses);
    expect([tried + refused, tried >= 5, refused > 0]).toEqual([10, true, true]);
  });
}

describe('guessing passwords at one process', () => {
  beforeAll(() => start({}, 1));
  afterAll(stop);
  itThrottlesGuesses();

  it('throttles callers who have a token and guess the password', async () => {
    const cleo = await aCustomer();
    const { accessToken } = (await logIn(cleo, PASSWORD, anAddress())).body;
    const asCleo = apis[0].as(accessToken as string);
    const change = (currentPassword: string) =>
      asCleo.patch('/v1/customers/me', { password: 'tr0ub4dor and three', currentPassword });
    const leave = (password: string) => asCleo.send('DELETE', '/v1/customers/me', { password });
    for (const guess of [change, leave, change, leave, change])
      expect((await guess('wrong horse')).body.code).toBe('current-password-wrong');
    expectThrottled(await leave(PASSWORD));
    const wait = expectThrottled(await change(PASSWORD));
    // Log-ins are counted apart: a stolen token locks nobody out.
    expect((await logIn(cleo, PASSWORD, anAddress())).status).toBe(200);
    await sleep(wait * 1_000 + 50);
    expect((await change(PASSWORD)).status).toBe(200);
  });

  it('queues at most a hundred passwords, and refuses the next at once', async () => {
    const passwords = new Passwords();
    const outcomes = await Promise.allSettled(Array.from({ length: 130 }, () => passwords.matches(PASSWORD)));
    expect(outcomes.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => ({ status: 'fulfilled', value: false })));
    for (const outcome of outcomes.slice(100)) expect(outcome).toMatchObject({ reason: { kind: 'unavailable' } });
    expect(await passwords.matches(PASSWORD)).toBe(false);
  });
});

describeWithRedis('guessing passwords at two processes with a Redis', () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await RedisServer.start();
    await start({ REDIS_URL: redis.url }, 2);
  });
  afterAll(async () => {
    await stop();
    await redis.goAway();
  });
  itThrottlesGuesses();
});
