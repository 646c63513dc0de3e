import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { SharedRedis } from './redis';

/** The first wait; each further failure doubles it, up to the longest. In milliseconds. */
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 15 * 60_000;
/** Failures are forgotten after this time without a try. */
const FORGOTTEN_AFTER = 24 * 3_600_000;
/** A success is remembered for this time. */
const KNOWN_FOR = 30 * 24 * 3_600_000;
/** Keys that a process remembers without Redis. The least recently used are forgotten first. */
const REMEMBERED = 20_000;

/** A key, and the number of failures after which the next try has to wait. */
export interface Backoff {
  key: string;
  free: number;
}

/**
 * Waits that grow with each failure. A try counts as a failure from its beginning, before its outcome is known, so that
 * simultaneous tries gain nothing. A try waits for its `own` key and for the key that it shares with `others`, unless
 * it has succeeded under its own key before. Stored in Redis where there is one, otherwise in the memory of the
 * process.
 */
@Injectable()
export class Backoffs {
  private readonly failures = new LRUCache<string, { count: number; until: number }>({
    max: REMEMBERED,
    ttl: FORGOTTEN_AFTER,
  });
  private readonly known = new LRUCache<string, true>({ max: REMEMBERED, ttl: KNOWN_FOR });

  constructor(private readonly redis: SharedRedis) {}

  /** Begins a try: returns 0, or the milliseconds to wait instead. Report a success with {@link succeed}. */
  async begin(own: Backoff, others?: Backoff): Promise<number> {
    const numbers = [own.free, others?.free ?? 0, FIRST_WAIT, LONGEST_WAIT, FORGOTTEN_AFTER, others ? 2 : 1];
    const shared = await this.redis.attempt((client) => client.eval(BEGIN, 3, ...keysOf(own, others), ...numbers));
    if (shared !== undefined) return shared as number;
    const now = Date.now();
    const concerned = !others || this.known.has(own.key) ? [own] : [own, others];
    const wait = Math.max(...concerned.map(({ key }) => (this.failures.get(key)?.until ?? 0) - now));
    if (wait > 0) return wait;
    for (const { key, free } of concerned) {
      const count = (this.failures.get(key)?.count ?? 0) + 1;
      const pause = count < free ? 0 : Math.min(FIRST_WAIT * 2 ** (count - free), LONGEST_WAIT);
      this.failures.set(key, { count, until: now + pause });
    }
    return 0;
  }

  /** Forgets the failures of both keys, and remembers the success of the own one. */
  async succeed(own: Backoff, others?: Backoff): Promise<void> {
    for (const { key } of [own, others ?? own]) this.failures.delete(key);
    this.known.set(own.key, true);
    const [ownKey, othersKey, knownKey] = keysOf(own, others);
    await this.redis.attempt((client) =>
      client.multi().del(ownKey, othersKey).set(knownKey, 1, 'PX', KNOWN_FOR).exec(),
    );
  }
}

const keysOf = (own: Backoff, others = own): [string, string, string] => [
  `holdfast:backoff:${own.key}`,
  `holdfast:backoff:${others.key}`,
  `holdfast:known:${own.key}`,
];

/** Begins a try in Redis, on the clock of Redis. */
const BEGIN = `
local first, longest, forgotten = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local concerned = redis.call('EXISTS', KEYS[3]) == 1 and 1 or tonumber(ARGV[6])
local wait = 0
for i = 1, concerned do
  wait = math.max(wait, (tonumber(redis.call('HGET', KEYS[i], 'until')) or 0) - now)
end
if wait > 0 then return wait end
for i = 1, concerned do
  local over = redis.call('HINCRBY', KEYS[i], 'count', 1) - tonumber(ARGV[i])
  local pause = over < 0 and 0 or math.min(first * 2 ^ over, longest)
  redis.call('HSET', KEYS[i], 'until', string.format('%.0f', now + pause))
  redis.call('PEXPIRE', KEYS[i], forgotten)
end
return 0`;
