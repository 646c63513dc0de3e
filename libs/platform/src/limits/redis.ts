import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis, ReplyError } from 'ioredis';
import { Settings } from '../config';
import { log, metrics } from '../observability';

/** One that does not answer by then is as good as away. */
const COMMAND_TIMEOUT_MS = 500;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Redis, where `REDIS_URL` names one: for what is better shared between processes, and can be done without. It is away
 * from time to time; nobody who asks it waits for its return, or gets an error. The log says so once, and when it is
 * back; `redis_away` says it all the while.
 */
@Injectable()
export class SharedRedis implements OnApplicationShutdown {
  private readonly client?: Redis;
  /** Said in the log. */
  private isAway = false;
  /** The connection is open, and nothing comes of it: until there is a new one nobody asks, and waits for the timeout. */
  private isSilent = false;

  constructor({ REDIS_URL }: Settings) {
    if (!REDIS_URL) return;
    this.client = new Redis(REDIS_URL, {
      connectionName: 'holdfast',
      commandTimeout: COMMAND_TIMEOUT_MS,
      connectTimeout: LONGEST_PAUSE_MS,
      // A command is for now: one that would have to wait for a connection fails.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(attempt * 50, LONGEST_PAUSE_MS),
    });
    this.client.on('error', (error) => this.lost(error));
    this.client.on('ready', () => this.found());
  }

  get isConfigured(): boolean {
    return this.client !== undefined;
  }

  /** What the command answers; undefined while Redis is away. */
  async attempt<T>(command: (client: Redis) => Promise<T>): Promise<T | undefined> {
    if (this.client?.status !== 'ready' || this.isSilent) return undefined;
    try {
      return await command(this.client);
    } catch (error) {
      this.lost(error);
      if (!(error instanceof ReplyError) && !this.isSilent) {
        this.isSilent = true;
        this.client.disconnect(true);
      }
      return undefined;
    }
  }

  onApplicationShutdown(): void {
    this.client?.disconnect();
  }

  private lost(error: unknown): void {
    if (!this.isAway) log.warn({ err: error }, 'Redis is away: it goes on without it');
    this.isAway = true;
    metrics.redisAway.set(1);
  }

  private found(): void {
    if (this.isAway) log.info('Redis is back');
    this.isAway = false;
    metrics.redisAway.set(0);
    this.isSilent = false;
  }
}
