import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { Settings } from '../config';
import { log, requestContext } from '../observability';
import { isRetryable, isUnavailable, sqlState } from '../problems';
import { OwnWrites, type RecentWrites } from './own-writes';
import { mustBeOutsideUnit, readPool, Reads } from './reads';

/** Who is going to see it; nobody in particular, when there is none. */
export interface Reader {
  id: string;
  role: 'customer' | 'admin';
}

const LOOK_EVERY_MS = 1_000;
/** Longer than a connection takes, and shorter than anybody wants to wait before the primary is asked instead. */
const PATIENCE_MS = 1_000;

const STATEMENT_TIMEOUT = '57014';

/**
 * Reads that a replica may answer, where `DATABASE_REPLICA_URL` names one: of the catalogue and of orders, never for a
 * decision and never to authenticate. Customers always find in them what they have written themselves, and admins what
 * anybody has: while the replica has not got it, the primary answers, as it does while the replica is away or too far
 * behind.
 */
@Injectable()
export class ReplicaReads implements OnApplicationShutdown {
  private readonly pool?: Pool;
  private readonly maxLag: number;
  private follows?: boolean;
  /** Where the primary was at a moment; it has to be passed within the greatest lag that is allowed. */
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
    mustBeOutsideUnit();
    const rows = await this.fromReplica<Row>(sql, parameters, reader);
    return rows ?? this.reads.query<Row>(sql, parameters);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.looking);
    this.follows = false; // and no look that is still under way has anything to say
    await this.pool?.end();
  }

  private async fromReplica<Row>(sql: string, parameters: unknown[], reader?: Reader): Promise<Row[] | undefined> {
    if (!this.pool || reader?.role === 'admin') return undefined;
    this.looking ??= requestContext.exit(() => this.watch());
    if (!this.follows) return undefined;
    const own = reader && (await this.ownWrites.recent(reader.id));
    try {
      // One connection, because behind the URL there may be several replicas.
      return await this.connected(this.pool, async (client) => {
        if (own?.count && !(await hasAll(client, own))) return undefined;
        return (await client.query(sql, parameters)).rows as Row[];
      });
    } catch (error) {
      // One that was too much for the replica would be too much for the primary as well.
      if (!isUnavailable(error) || sqlState(error) === STATEMENT_TIMEOUT) throw error;
      // Canceled because it stood in the way of what came from the primary: no fault of the replica's.
      if (!isRetryable(error)) this.note(false, error);
      return undefined;
    }
  }

  /** From the first read on: the worker, which never reads here, leaves the replica alone. */
  private watch(): NodeJS.Timeout {
    void this.look();
    return setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  /** Whether the replica has passed the mark. If so, the next look sets another. */
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
      } else if (Date.now() - at > this.maxLag) this.note(false, new Error('it is too far behind, or no standby'));
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
