/** Where the domain gets its time from, so that a test can set it. */
export abstract class Clock {
  abstract now(): Date;
}
