import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { SharedRedis } from './redis';

/** The length of a window, in milliseconds. */
export const WINDOW_MS = 60_000;

/** Keys that a process remembers for each limit. Expired ones make room first, then the one unused for longest. */
const REMEMBERED = 20_000;
/** The least time between two searches for expired keys, each of which looks at all of them; in milliseconds. */
const PURGE_INTERVAL = 1_000;

/** Whether a request was admitted, and the rest of its quota. */
export interface Admission {
  admitted: boolean;
  remaining: number;
  /** Milliseconds until one more request is admitted than now. */
  reset: number;
  /** Removes the request from the count. */
  giveBack(): Promise<void>;
}

/**
 * Sliding windows: any 60 seconds admit at most the quota. A refused request is not counted, so that a client which
 * keeps trying is admitted as soon as there is room. Redis counts for all processes together, where there is one.
 * Otherwise, and while Redis is unavailable, each process counts for itself.
 */
@Injectable()
export class SlidingWindows {
  private readonly own = new Map<string, MemoryWindows>();

  constructor(private readonly redis: SharedRedis) {}

  /** Checks and counts in one step. `limit` names the limit, `key` the customer or address. */
  async enter(limit: string, key: string, quota: number): Promise<Admission> {
    const shared = this.redis.isConfigured && (await this.enterShared(`holdfast:limit:${limit}:${key}`, quota));
    if (shared) return shared;
    const windows = this.own.get(limit) ?? new MemoryWindows();
    this.own.set(limit, windows);
    return windows.enter(key, quota, Date.now());
  }

  private async enterShared(key: string, quota: number): Promise<Admission | undefined> {
    const answer = await this.redis.attempt((client) => client.eval(ENTER, 1, key, quota, WINDOW_MS));
    if (!answer) return undefined;
    const [countedAt, remaining, reset] = answer as [number, number, number];
    const giveBack = async () => void (await this.redis.attempt((client) => client.lrem(key, -1, countedAt)));
    return { admitted: countedAt > 0, remaining, reset, giveBack };
  }
}

/** Keeps a list of the counted times, oldest first, on the clock of Redis. Redis runs a script atomically. */
const ENTER = `
local key, quota, window = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local oldest = tonumber(redis.call('LINDEX', key, 0))
while oldest and oldest <= now - window do
  redis.call('LPOP', key)
  oldest = tonumber(redis.call('LINDEX', key, 0))
end
local count = redis.call('LLEN', key)
local reset = (oldest or now) + window - now
if count >= quota then return {0, 0, reset} end
redis.call('RPUSH', key, string.format('%.0f', now))
redis.call('PEXPIRE', key, window)
return {now, quota - count - 1, reset}`;

/** The windows of one process. */
export class MemoryWindows {
  private readonly entries: LRUCache<string, Times>;
  private purgedAt = -Infinity;

  constructor(private readonly remembered = REMEMBERED) {
    this.entries = new LRUCache({ max: remembered });
  }

  enter(key: string, quota: number, now: number): Admission {
    const times = this.entries.get(key) ?? new Times();
    times.forgetUntil(now - WINDOW_MS);
    const admitted = times.count < quota;
    if (admitted) {
      if (!this.entries.has(key)) this.makeRoom(now);
      times.add(now);
      this.entries.set(key, times);
    }
    return {
      admitted,
      remaining: Math.max(quota - times.count, 0),
      reset: times.oldest + WINDOW_MS - now,
      giveBack: async () => times.remove(now),
    };
  }

  private makeRoom(now: number): void {
    if (this.entries.size < this.remembered || now - this.purgedAt < PURGE_INTERVAL) return;
    this.purgedAt = now;
    for (const [key, times] of this.entries) if (times.newest <= now - WINDOW_MS) this.entries.delete(key);
  }
}

/** The counted times, oldest first. Expired ones are cut off the array only now and then. */
class Times {
  private times: number[] = [];
  private first = 0;

  get count(): number {
    return this.times.length - this.first;
  }

  get oldest(): number {
    return this.times[this.first];
  }

  get newest(): number {
    return this.times.at(-1) ?? -Infinity;
  }

  add(time: number): void {
    this.times.push(time);
  }

  remove(time: number): void {
    const index = this.times.lastIndexOf(time);
    if (index >= this.first) this.times.splice(index, 1);
  }

  forgetUntil(time: number): void {
    while (this.first < this.times.length && this.times[this.first] <= time) this.first++;
    if (this.first < 64 || this.first * 2 < this.times.length) return;
    this.times = this.times.slice(this.first);
    this.first = 0;
  }
}
