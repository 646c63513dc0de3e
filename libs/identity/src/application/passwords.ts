import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { problems } from '@holdfast/platform';
import { UNUSABLE_HASH } from '../domain/customer';

/** Argon2id (the library's default) as OWASP advises it. Each takes 19 MiB, and one of libuv's 4 threads: no more run at once. */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** How many may be in hand, most of them waiting: who came next would wait for some seconds, and is told to come again. */
const MOST_IN_HAND = 100;

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
    if (this.inHand >= MOST_IN_HAND) throw problems.unavailable();
    this.inHand++;
    try {
      return await work();
    } finally {
      this.inHand--;
    }
  }
}
