import { Injectable } from '@nestjs/common';
import { sweepAll, UnitOfWork } from '@holdfast/platform';
import { SessionRepository } from '../domain/session.repository';

@Injectable()
export class SessionSweep {
  constructor(private readonly sessions: SessionRepository) {}

  /** Deletes sessions past their time, in small transactions; returns how many. */
  sweep(): Promise<number> {
    return sweepAll((atMost) => this.sweepBatch(atMost));
  }

  @UnitOfWork()
  private sweepBatch(atMost: number): Promise<number> {
    return this.sessions.removeExpired(atMost);
  }
}
