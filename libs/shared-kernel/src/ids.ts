import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const RANDOM_BYTES = 16;
const pool = Buffer.allocUnsafe(256 * RANDOM_BYTES);
let used = pool.length;

/** Many bytes are asked for at once: the system's call for them costs more than all the rest of an id. */
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
 * A new UUIDv7 (RFC 9562): its leading milliseconds keep primary key inserts at the right edge of the index. Within a
 * process each is greater than the one before.
 */
export function newId(): string {
  const [now, bytes] = [Date.now(), random()];
  // A sequence that begins below 2^31 has room for more ids than a millisecond does.
  if (now > msecs) [msecs, seq] = [now, bytes.readUInt32BE() >>> 1];
  else seq++;
  return v7({ msecs, seq, random: bytes });
}
