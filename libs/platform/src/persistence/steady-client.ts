import { Client, type ClientConfig } from 'pg';

/**
 * A connection whose loss is never unhandled. Whoever uses it learns of the loss from the query that fails; but between
 * two users nobody listens for a moment, and an `error` without a listener would end the process.
 */
export class SteadyClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}
