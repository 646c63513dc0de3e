import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { Backoffs, counter, shedCounter } from '@holdfast/platform';
import { UNUSABLE_HASH } from '../domain/customer';
import { LogInsThrottled, PasswordsBusy } from '../domain/identity.errors';
import { fold } from '../domain/account-rules';
import { type Actor, logSecurity } from './security-log';

/** Argon2id, the library's default, as OWASP advises. A hash takes 19 MiB and one of libuv's 4 threads. */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Passwords that may wait or be hashed at a time: further ones would wait for seconds, and get 503 at once instead. */
const MOST_IN_HAND = 100;

const countShed = shedCounter('passwords');
const countThrottled = counter('log_ins_throttled_total', 'Log-ins refused after too many wrong passwords.');

/** Hashes and checks passwords. Slow on purpose: call it outside of any unit of work. Throws PasswordsBusy. */
@Injectable()
export class Passwords {
  private inHand = 0;

  hash(password: string): Promise<string> {
    return this.inTurn(() => hash(password.normalize('NFC'), ARGON2));
  }

  /** Without a hash it takes as long and is false, so that the time shows no difference to a wrong password. */
  matches(password: string, passwordHash: string = UNUSABLE_HASH): Promise<boolean> {
    return this.inTurn(() => verify(passwordHash, password.normalize('NFC')));
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.inHand >= MOST_IN_HAND) {
      countShed();
      throw new PasswordsBusy();
    }
    this.inHand++;
    try {
      return await work();
    } finally {
      this.inHand--;
    }
  }
}

/** Tries that may fail before the next has to wait: at one address, and at all addresses together. */
const FREE_TRIES = 5;
const FREE_TRIES_OF_ALL = 50;

export interface LogInTry {
  /** The account that the name belongs to; undefined for a name that no account has. */
  customerId?: string;
  /** The username or e-mail address as given. */
  name: string;
  address: string;
}

/**
 * Slows down password guessing. After five failures at one address an account has to wait 1, 2, 4 … s there, at most
 * 15 min. All addresses together have fifty failures, then they wait for each other, which stops a botnet. An address
 * from which the owner has logged in within 30 days is exempt from that wait, so that strangers cannot lock owners out.
 */
@Injectable()
export class LoginThrottle {
  private readonly confirming = new Set<string>();

  constructor(private readonly backoffs: Backoffs) {}

  /**
   * Counts tries by account, whichever of its names is given; unknown names count on their own, by their hash. A try
   * counts as a failure from its beginning, until `check` has a result. Throws LogInsThrottled.
   */
  async logIn<T>({ customerId, name, address }: LogInTry, check: () => Promise<T>): Promise<T> {
    const account = customerId ?? `name:${createHash('sha256').update(fold(name)).digest('base64url')}`;
    const here = { key: `login:${account}:${address}`, free: FREE_TRIES };
    const anywhere = { key: `login:${account}`, free: FREE_TRIES_OF_ALL };
    const wait = await this.backoffs.begin(here, anywhere);
    if (wait > 0) this.refuse(wait, { id: customerId, address });
    const result = await check();
    if (result) await this.backoffs.succeed(here, anywhere);
    return result;
  }

  /**
   * Counts a logged-in customer's password like a log-in, but by session: failed log-ins of strangers, or of another
   * session, cannot make it wait. One is in hand per customer and process. Throws LogInsThrottled.
   */
  async confirm<T>(actor: Actor, check: () => Promise<T>): Promise<T> {
    if (this.confirming.has(actor.id)) this.refuse(1_000, actor);
    this.confirming.add(actor.id);
    try {
      const own = { key: `confirm:${actor.id}:${actor.sessionId ?? ''}`, free: FREE_TRIES };
      const wait = await this.backoffs.begin(own);
      if (wait > 0) this.refuse(wait, actor);
      const result = await check();
      if (result) await this.backoffs.succeed(own);
      return result;
    } finally {
      this.confirming.delete(actor.id);
    }
  }

  private refuse(wait: number, { id, address }: Pick<Actor, 'address'> & { id?: string }): never {
    countThrottled();
    logSecurity('log-in-throttled', { actor: id, address });
    throw new LogInsThrottled(Math.ceil(wait / 1_000));
  }
}
