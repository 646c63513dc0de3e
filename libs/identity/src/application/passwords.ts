import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { UNUSABLE_HASH } from '../domain/customer';

/** Argon2id (the library's default) as OWASP advises it. Each takes 19 MiB, and one of libuv's 4 threads: no more run at once. */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Slow on purpose, so never called inside a unit of work: no lock waits for a hash. */
@Injectable()
export class Passwords {
  hash(password: string): Promise<string> {
    return hash(password.normalize('NFC'), ARGON2);
  }

  /** Without a hash it takes as long and is false: an unknown name cannot be told from a wrong password. */
  matches(password: string, passwordHash: string = UNUSABLE_HASH): Promise<boolean> {
    return verify(passwordHash, password.normalize('NFC'));
  }
}
