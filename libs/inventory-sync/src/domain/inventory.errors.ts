import { DomainError } from '@holdfast/shared-kernel';

export class CountAhead extends DomainError {
  constructor(takenAt: Date) {
    super(
      'count-ahead',
      'invalid',
      'The count was taken more than 5 minutes ahead of our clock: set the clock of the system that counts.',
      { takenAt: takenAt.toISOString() },
    );
  }
}
