import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { Backoffs } from '@holdfast/platform';
import { counter, HttpProblem, problems, shedCounter } from '@holdfast/platform';
import { fold } from '../domain/account-rules';
import { UNUSABLE_HASH } from '../domain/customer';

/** Argon2id (the library's default) as OWASP advises it. Each takes 19 MiB, and one of libuv's 4 threads: no more run at once. */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** How many may be in hand, most of them waiting: who came next would wait for some seconds, and is told to come again. */
const MOST_IN_HAND = 100;

const countShed = shedCounter('passwords');
const countThrottled = counter('log_ins_throttled_total', 'Log-ins refused after too many wrong passwords.');

/** Slow on purpose, so never called inside a unit of work: no lock waits for a hash. Throws 503 when there is too much to do. */
@Injectable()
export class Passwords {
  private inHand = 0;

  hash(password: string): Promise<string> {
    return this.inTurn(() => hash(password.normalize('NFC'), ARGON2));
  }

  /** Without a hash it takes as long and is false: an unknown name cannot be told from a wrong password. */
  matches(password: string, passwordHash: string = UNUSABLE_HASH): Promise<boolean> {
    return this.inTurn(() => verify(passwordHash, password.normalize('NFC')));
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.inHand >= MOST_IN_HAND) {
      countShed();
      throw problems.unavailable();
    }
    this.inHand++;
    try {
      return await work();
    } finally {
      this.inHand--;
    }
  }
}

/** Tries that may fail before the next has to wait: from one address, and from all the others together. */
const FREE_TRIES = 5;
const FREE_TRIES_OF_ALL = 50;

/**
 * Slows down who guesses a password: after five failures a name has to wait 1, 2, 4 … s, at most 15 min, at the address
 * they came from. Many addresses together have fifty failures, then they wait for each other: that is what stops a
 * botnet, and would let any stranger lock out the owner. So an address at which the owner has logged in within 30 days
 * waits for no other. Names are counted as they are given, known or not: the wait tells nothing about them.
 */
@Injectable()
export class LoginThrottle {
  constructor(private readonly backoffs: Backoffs) {}

  /** Counted before it is known how it ends. One that breaks off, without a result, counts as a failure. Throws LogInsThrottled. */
  async attempt<T>(login: string, address: string, check: () => Promise<T>): Promise<T> {
    // Hashed: names are personal data, and keys should be short.
    const name = createHash('sha256').update(fold(login)).digest('base64url');
    const here = { key: `login:${name}:${address}`, free: FREE_TRIES };
    const anywhere = { key: `login:${name}`, free: FREE_TRIES_OF_ALL };
    const wait = await this.backoffs.begin(here, anywhere);
    if (wait > 0) {
      countThrottled();
      throw new LogInsThrottled(Math.ceil(wait / 1_000));
    }
    const result = await check();
    if (result) await this.backoffs.succeed(here, anywhere);
    return result;
  }
}

export class LogInsThrottled extends HttpProblem {
  constructor(seconds: number) {
    const detail = `Too many tries with a wrong password: try again in ${seconds} s.`;
    super(429, 'login-throttled', detail, {}, { 'retry-after': String(seconds) });
  }
}
