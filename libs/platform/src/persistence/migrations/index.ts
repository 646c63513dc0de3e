import { Platform1700000000001 } from './1700000000001-platform.migration';
import { OutboxRelay1700000000005 } from './1700000000005-outbox-relay.migration';
import { EventLog1700000000006 } from './1700000000006-event-log.migration';
import { Publishing1700000000020 } from './1700000000020-publishing.migration';
import { Audit1700000000061 } from './1700000000061-audit.migration';
import { AuditRetention1700000000070 } from './1700000000070-audit-retention.migration';
import { OutboxRoom1700000000097 } from './1700000000097-outbox-room.migration';

/** The schema `platform`, oldest first. */
export const platformMigrations = [
  Platform1700000000001,
  OutboxRelay1700000000005,
  EventLog1700000000006,
  Publishing1700000000020,
  Audit1700000000061,
  AuditRetention1700000000070,
  OutboxRoom1700000000097,
];
