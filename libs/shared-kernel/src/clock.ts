/** The domain's source of time, which a test can set. */
export abstract class Clock {
  abstract now(): Date;
}
