import { Client, type ClientConfig } from 'pg';
import { isDeadEnd } from '../problems';

type Ask = (...args: unknown[]) => unknown;
type Callback = (error: unknown, result: unknown) => void;

/**
 * A connection whose loss is never unhandled. Whoever uses it learns of the loss from the query that fails; but between
 * two users nobody listens for a moment, and an `error` without a listener would end the process.
 *
 * It ends by itself where it leads nowhere ({@link isDeadEnd}): a pool would hand it on, to the next who fails.
 */
export class SteadyClient extends Client {
  static {
    // Not as a method: it would have to repeat the seven signatures of the one that it stands in for.
    this.prototype.query = function (this: SteadyClient, ...args: unknown[]) {
      const leave = (error: unknown) => {
        if (isDeadEnd(error)) void this.end();
      };
      const told = args.at(-1);
      if (typeof told === 'function')
        args[args.length - 1] = (error: unknown, result: unknown) => {
          leave(error);
          (told as Callback)(error, result);
        };
      const answer = (Client.prototype as unknown as { query: Ask }).query.apply(this, args);
      if (answer instanceof Promise) answer.catch(leave);
      return answer;
    } as Client['query'];
  }

  constructor(config?: string | ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}
