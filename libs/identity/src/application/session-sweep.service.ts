import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '@holdfast/platform';
import { SessionRepository } from '../domain/session.repository';

const BATCH = 1_000;

@Injectable()
export class SessionSweep {
  constructor(private readonly sessions: SessionRepository) {}

  /** Deletes sessions past their time, in small transactions; returns how many. */
  async sweep(): Promise<number> {
    let swept = 0;
    for (let count = BATCH; count === BATCH; swept += count) count = await this.sweepBatch();
    return swept;
  }

  @UnitOfWork()
  private sweepBatch(): Promise<number> {
    return this.sessions.removeExpired(BATCH);
  }
}
