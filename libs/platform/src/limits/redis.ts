import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis, ReplyError } from 'ioredis';
import { Settings } from '../config';
import { log, metrics } from '../observability';

/** A Redis that takes longer counts as unavailable. */
const COMMAND_TIMEOUT_MS = 500;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Redis, where `REDIS_URL` names one: shared between processes, and optional. While it is unavailable, no command waits
 * or throws. The log notes the loss and the return once each, and the metric `redis_away` is 1 in between.
 */
@Injectable()
export class SharedRedis implements OnApplicationShutdown {
  private readonly client?: Redis;
  /** True from the logged loss to the logged return. */
  private isAway = false;
  /** True while the open connection does not answer: no command waits for the timeout until there is a new one. */
  private isSilent = false;

  constructor({ REDIS_URL }: Settings) {
    if (!REDIS_URL) return;
    this.client = new Redis(REDIS_URL, {
      connectionName: 'holdfast',
      commandTimeout: COMMAND_TIMEOUT_MS,
      connectTimeout: LONGEST_PAUSE_MS,
      // A command that would have to wait for a connection fails at once.
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

  /** The answer to the command, or undefined while Redis is unavailable. */
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
