import { AsyncResource } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { log } from '../observability';
import { Reads } from '../reads';

const LOOK_EVERY_MS = 1_000;
/** A look at a long backlog takes longer, so the next one follows later: looking takes 2 % of the time at most. */
const PAUSE_PER_LOOK = 50;
/** A rate is measured over as long a time, or a longer one. */
const MEASURED_MS = 5_000;
/** An older look decides nothing. */
const KEPT_MS = 20_000;
/** Without progress for as long, the workers are away: that is no rate. */
const PAUSED_MS = 30_000;

/** Events that no worker has begun with. */
interface Look {
  /** Milliseconds. */
  at: number;
  waiting: number;
  /** The sequence of the last of them. */
  last: string;
}

/** Measures the workers while events wait for them without a break. */
export class Backlog {
  dueAt = -Infinity;
  /** Where the measurement under way began. */
  first?: Look;
  private latest?: Look;
  /** Events a millisecond. Unknown while the workers keep up. When they are away, the last rate stays. */
  private rate?: number;

  /** `left`: how many of the first look still wait. Workers begin with the oldest, so the others are their work. */
  note(look: Look, left: number): void {
    const { first = look } = this;
    const [begun, elapsed] = [first.waiting - left, look.at - first.at];
    this.latest = look;
    if (!left) this.rate = undefined;
    else if (begun > 0 && elapsed >= MEASURED_MS) this.rate = begun / elapsed;
    else if (elapsed < PAUSED_MS) return void (this.first = first);
    this.first = look;
  }

  /** Milliseconds until the workers begin with the last of the events; 0 without a rate, or a recent look. */
  timeToBegin(at: number): number {
    const { latest, rate } = this;
    return latest && rate && at - latest.at <= KEPT_MS ? latest.waiting / rate : 0;
  }
}

/**
 * How long the workers, all of them together, will take to begin with what waits. Looks at the outbox about once a
 * second while it is asked, and never makes a caller wait.
 */
@Injectable()
export class Backlogs {
  private readonly backlogs = new Map<string, Backlog>();

  constructor(private readonly reads: Reads) {}

  /**
   * Milliseconds until the workers begin with the events of a type that wait now, at their measured rate. 0 where no
   * rate is known: while they keep up, and as long as no worker was seen at work.
   */
  timeToBegin(type: string): number {
    const now = performance.now();
    const backlog = this.backlogs.get(type) ?? new Backlog();
    this.backlogs.set(type, backlog);
    if (now >= backlog.dueAt) {
      backlog.dueAt = Infinity;
      void this.look(type, backlog);
    }
    return backlog.timeToBegin(now);
  }

  /** Reads the partial index of pending events. Runs outside the unit of work that finds it due. */
  private readonly look = AsyncResource.bind(async (type: string, backlog: Backlog): Promise<void> => {
    const began = performance.now();
    try {
      const [{ waiting, left, last }] = await this.reads.query<{ waiting: number; left: number; last: string }>(
        `SELECT count(*)::int AS waiting, count(*) FILTER (WHERE sequence <= $2)::int AS left,
           coalesce(max(sequence), 0) AS last
         FROM platform.outbox WHERE status = 'pending' AND attempts = 0 AND type = $1`,
        [type, backlog.first?.last ?? 0],
      );
      backlog.note({ at: performance.now(), waiting, last }, left);
    } catch (error) {
      log.warn({ err: error, type }, 'a backlog of events cannot be measured now');
    }
    const ended = performance.now();
    backlog.dueAt = ended + Math.max(LOOK_EVERY_MS, PAUSE_PER_LOOK * (ended - began));
  });
}
