import { Client, type ClientConfig } from 'pg';
import { isConnectionUnusable } from '../problems';

type Query = (...args: unknown[]) => unknown;
type Callback = (error: unknown, result: unknown) => void;

/**
 * A connection whose loss is never unhandled. Its user gets the loss from the query that fails. An idle connection has
 * no user, and an `error` event without a listener would end the process.
 *
 * The connection ends itself after {@link isConnectionUnusable}: a pool would give it to the next caller, who would
 * fail.
 */
export class SteadyClient extends Client {
  static {
    // An assignment and no method, which would have to repeat the seven signatures of `query`.
    this.prototype.query = function (this: SteadyClient, ...args: unknown[]) {
      const endIfUnusable = (error: unknown) => {
        if (isConnectionUnusable(error)) void this.end();
      };
      const callback = args.at(-1);
      if (typeof callback === 'function')
        args[args.length - 1] = (error: unknown, result: unknown) => {
          endIfUnusable(error);
          (callback as Callback)(error, result);
        };
      const answer = (Client.prototype as unknown as { query: Query }).query.apply(this, args);
      if (answer instanceof Promise) answer.catch(endIfUnusable);
      return answer;
    } as Client['query'];
  }

  constructor(config?: string | ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}
