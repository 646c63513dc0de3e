import { v7 } from 'uuid';

/** A new UUIDv7 (RFC 9562): its leading milliseconds keep primary key inserts at the right edge of the index. */
export const newId = (): string => v7();
