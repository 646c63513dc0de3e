import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const RANDOM_BYTES = 16;
const pool = Buffer.allocUnsafe(256 * RANDOM_BYTES);
let used = pool.length;

/** Reads bytes for many ids at once: the system call costs more than the rest of an id. */
function random(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool.subarray(used, (used += RANDOM_BYTES));
}

let msecs = 0;
let seq = 0;

/**
 * A new UUIDv7 (RFC 9562). Its leading milliseconds keep inserts at the right edge of a primary key's index. Within a
 * process each id is greater than the one before it.
 */
export function newId(): string {
  const [now, bytes] = [Date.now(), random()];
  // The sequence begins below 2^31, which leaves room for more ids than a millisecond allows.
  if (now > msecs) [msecs, seq] = [now, bytes.readUInt32BE() >>> 1];
  else seq++;
  return v7({ msecs, seq, random: bytes });
}
