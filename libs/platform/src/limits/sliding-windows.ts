import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { SharedRedis } from './redis';

/** How far back is counted, in milliseconds. */
export const WINDOW_MS = 60_000;

/** Of how many a process remembers what they have done, for each limit: who has been quiet for longest is forgotten. */
const REMEMBERED = 20_000;

/** Whether one was let in, and what is left to the same. */
export interface Admission {
  admitted: boolean;
  remaining: number;
  /** Milliseconds until there is room for one more than now. */
  reset: number;
  /** Takes it out of the count again, as if it had never been asked for. */
  giveBack(): Promise<void>;
}

/**
 * Sliding windows: in no 60 seconds, whenever they begin, are more let in than the quota. Who is refused is not counted,
 * so who keeps on trying is let in as soon as there is room. Counted in Redis where there is one, for all processes
 * together; otherwise, and while it is away, each process counts for itself.
 */
@Injectable()
export class SlidingWindows {
  private readonly own = new Map<string, MemoryWindows>();

  constructor(private readonly redis: SharedRedis) {}

  /** Checks and counts in one step. `limit` names what is limited, `key` whom. */
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

/** A list of the times that count, oldest first, on the clock of Redis. Atomic, as every script of Redis is. */
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

/** The times that count, oldest first, of each key. */
export class MemoryWindows {
  private readonly entries = new LRUCache<string, Times>({ max: REMEMBERED });

  enter(key: string, quota: number, now: number): Admission {
    let times = this.entries.get(key);
    if (!times) this.entries.set(key, (times = new Times()));
    times.forgetUntil(now - WINDOW_MS);
    const admitted = times.count < quota;
    if (admitted) times.add(now);
    return {
      admitted,
      remaining: Math.max(quota - times.count, 0),
      reset: times.oldest + WINDOW_MS - now,
      giveBack: async () => times.remove(now),
    };
  }
}

/** A queue in an array: what has left it is cut off now and then, and not each time. */
class Times {
  private times: number[] = [];
  private first = 0;

  get count(): number {
    return this.times.length - this.first;
  }

  get oldest(): number {
    return this.times[this.first];
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
