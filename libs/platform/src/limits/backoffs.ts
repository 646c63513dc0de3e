import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { SharedRedis } from './redis';

/** The first wait; each further failure doubles it, up to the longest. In milliseconds. */
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 15 * 60_000;
/** Without a try for so long, failures are forgotten. */
const FORGOTTEN_AFTER = 24 * 3_600_000;
/** For so long it is known who has succeeded. */
const KNOWN_FOR = 30 * 24 * 3_600_000;
/** How many keys a process remembers where there is no Redis; the ones that were not used for longest are forgotten. */
const REMEMBERED = 20_000;

/** What may fail `free` times before a failure makes the next try wait. */
export interface Backoff {
  key: string;
  free: number;
}

/**
 * Waits that grow with each failure. A try counts as a failure from its beginning, before its outcome is known: many at
 * the same time get no further than one after another. It waits for `own`, and for what it shares with `others`, unless
 * it has succeeded under its own key before. Kept in Redis where there is one, otherwise in the memory of the process.
 */
@Injectable()
export class Backoffs {
  private readonly failures = new LRUCache<string, { count: number; until: number }>({
    max: REMEMBERED,
    ttl: FORGOTTEN_AFTER,
  });
  private readonly known = new LRUCache<string, true>({ max: REMEMBERED, ttl: KNOWN_FOR });

  constructor(private readonly redis: SharedRedis) {}

  /** Begins a try. Milliseconds to wait instead, or 0: go ahead, and tell if it has {@link succeed}ed. */
  async begin(own: Backoff, others: Backoff): Promise<number> {
    const shared = await this.redis.attempt((client) =>
      client.eval(BEGIN, 3, ...keysOf(own, others), own.free, others.free, FIRST_WAIT, LONGEST_WAIT, FORGOTTEN_AFTER),
    );
    if (shared !== undefined) return shared as number;
    const now = Date.now();
    const concerned = this.known.has(own.key) ? [own] : [own, others];
    const wait = Math.max(...concerned.map(({ key }) => (this.failures.get(key)?.until ?? 0) - now));
    if (wait > 0) return wait;
    for (const { key, free } of concerned) {
      const count = (this.failures.get(key)?.count ?? 0) + 1;
      const pause = count < free ? 0 : Math.min(FIRST_WAIT * 2 ** (count - free), LONGEST_WAIT);
      this.failures.set(key, { count, until: now + pause });
    }
    return 0;
  }

  /** Forgets the failures, and remembers that it was here. */
  async succeed(own: Backoff, others: Backoff): Promise<void> {
    for (const { key } of [own, others]) this.failures.delete(key);
    this.known.set(own.key, true);
    const [ownKey, othersKey, knownKey] = keysOf(own, others);
    await this.redis.attempt((client) =>
      client.multi().del(ownKey, othersKey).set(knownKey, 1, 'PX', KNOWN_FOR).exec(),
    );
  }
}

const keysOf = (own: Backoff, others: Backoff): [string, string, string] => [
  `holdfast:backoff:${own.key}`,
  `holdfast:backoff:${others.key}`,
  `holdfast:known:${own.key}`,
];

/** As above, on the clock of Redis. */
const BEGIN = `
local first, longest, forgotten = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local concerned = redis.call('EXISTS', KEYS[3]) == 1 and 1 or 2
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
