import { column, mapAggregate } from '@holdfast/platform';
import { Recovery } from '../domain/recovery';

const { id, integer, text, timestamp, uuid } = column;

export const recoverySchemas = mapAggregate(Recovery, {
  table: 'account_recovery.recoveries',
  columns: {
    id,
    purpose: text('purpose'),
    customerId: uuid('customer_id'),
    tokenHashes: {
      name: 'token_hashes',
      type: 'text',
      transformer: {
        to: (hashes: string[]) => hashes.join(','),
        from: (list: string) => list.split(',').filter(Boolean),
      },
    },
    version: integer('version'),
    requestedAt: timestamp('requested_at'),
    updatedAt: timestamp('updated_at'),
    expiresAt: timestamp('expires_at'),
  },
});
