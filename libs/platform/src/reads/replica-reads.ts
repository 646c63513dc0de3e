import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { Settings } from '../config';
import { log, requestContext } from '../observability';
import { isRetryable, isUnavailable, sqlState } from '../problems';
import { OwnWrites, type RecentWrites } from './own-writes';
import { ensureOutsideUnit, readPool, Reads } from './reads';

/** The customer or admin that gets the answer. An anonymous answer has none. */
export interface Reader {
  id: string;
  role: 'customer' | 'admin';
}

const LOOK_EVERY_MS = 1_000;
/** Longer than opening a connection takes. After it the primary answers instead. */
const PATIENCE_MS = 1_000;

const STATEMENT_TIMEOUT = '57014';

/**
 * Reads that a replica may answer, where `DATABASE_REPLICA_URL` names one; never for a decision, never to authenticate.
 * Customers always see their own writes, and admins all writes: the primary answers until the replica has them, and
 * while the replica is unavailable or lags too far.
 */
@Injectable()
export class ReplicaReads implements OnApplicationShutdown {
  private readonly pool?: Pool;
  private readonly maxLag: number;
  private follows?: boolean;
  /** A position of the primary, and when it was read. The replica has to pass it within REPLICA_MAX_LAG. */
  private mark?: { position: string; at: number };
  private looking?: NodeJS.Timeout;
  private isLooking = false;

  constructor(
    private readonly reads: Reads,
    private readonly ownWrites: OwnWrites,
    settings: Settings,
  ) {
    this.maxLag = settings.REPLICA_MAX_LAG;
    const { DATABASE_REPLICA_URL: connectionString } = settings;
    if (connectionString)
      this.pool = readPool('replica', settings, { connectionString, connectionTimeoutMillis: PATIENCE_MS });
  }

  async query<Row>(sql: string, parameters: unknown[] = [], reader?: Reader): Promise<Row[]> {
    ensureOutsideUnit();
    const rows = await this.fromReplica<Row>(sql, parameters, reader);
    return rows ?? this.reads.query<Row>(sql, parameters);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.looking);
    this.follows = false; // a look that is still under way logs nothing then
    await this.pool?.end();
  }

  private async fromReplica<Row>(sql: string, parameters: unknown[], reader?: Reader): Promise<Row[] | undefined> {
    if (!this.pool || reader?.role === 'admin') return undefined;
    this.looking ??= requestContext.exit(() => this.watch());
    if (!this.follows) return undefined;
    const own = reader && (await this.ownWrites.recent(reader.id));
    try {
      // On one connection, because the URL may lead to several replicas.
      return await this.connected(this.pool, async (client) => {
        if (own?.count && !(await hasAll(client, own))) return undefined;
        return (await client.query(sql, parameters)).rows as Row[];
      });
    } catch (error) {
      // A statement that times out on the replica would time out on the primary.
      if (!isUnavailable(error) || sqlState(error) === STATEMENT_TIMEOUT) throw error;
      // The replica cancels reads that conflict with replication. It stays in use.
      if (!isRetryable(error)) this.note(false, error);
      return undefined;
    }
  }

  /** Starts at the first read, so that the worker, which never reads here, opens no connection. */
  private watch(): NodeJS.Timeout {
    void this.look();
    return setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  /** Checks whether the replica has passed the mark. If so, the next look sets a new one. */
  private async look(): Promise<void> {
    if (this.isLooking || !this.pool) return;
    this.isLooking = true;
    try {
      const [primary] = this.mark ? [] : await this.reads.query<{ lsn: string }>('SELECT pg_current_wal_lsn() AS lsn');
      this.mark ??= { position: primary.lsn, at: Date.now() };
      const { position, at } = this.mark;
      const hasPassed = await this.connected(this.pool, async (client) => {
        const text = 'SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= $1::pg_lsn AS passed';
        const query = { text, values: [position], query_timeout: PATIENCE_MS };
        return (await client.query<{ passed: boolean }>(query)).rows[0].passed;
      });
      if (hasPassed) {
        this.mark = undefined;
        this.note(true);
      } else if (Date.now() - at > this.maxLag) this.note(false, new Error('it lags too far, or is no standby'));
    } catch (error) {
      this.note(false, error);
    } finally {
      this.isLooking = false;
    }
  }

  private async connected<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    let failure: Error | undefined;
    try {
      return await work(client);
    } catch (error) {
      failure = error as Error;
      throw error;
    } finally {
      client.release(failure);
    }
  }

  private note(follows: boolean, reason?: unknown): void {
    if (this.follows === follows) return;
    this.follows = follows;
    if (follows) log.info('the replica answers reads');
    else log.warn({ err: reason }, 'the replica answers no reads now: the primary does');
  }
}

const hasAll = async (replica: PoolClient, { count, onReplica }: RecentWrites): Promise<boolean> =>
  (await replica.query<{ count: number }>(onReplica)).rows[0].count >= count;
