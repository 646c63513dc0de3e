// Owns: the messages to customers about orders and accounts, and the mails to operations (schema `notifications`).
// Exposes: OperationsReports, for the worker.
// Emits: notifications.message-recorded, for itself.
// Reacts to: identity.account-changed; account-recovery.requested; ordering.order-placed, -paid, -canceled;
//   payments.payment-refunded, payments.refund-failed; fulfilment.shipped, return-requested,
//   return-received, return-rejected.
// Promises: one message for each event and channel; no table, event or log of this context holds an address or
//   a one-time token.
import { Notifications1700000000012 } from './infrastructure/1700000000012-notifications.migration';
import { Deliveries1700000000113 } from './infrastructure/1700000000113-deliveries.migration';
import { Operations1700000000115 } from './infrastructure/1700000000115-operations.migration';
import { AccountMessages1700000000133 } from './infrastructure/1700000000133-account-messages.migration';
import { messageSchemas } from './infrastructure/message.schema';

export { NotificationsModule } from './notifications.module';
export { OperationsReports } from './application/operations-reports.service';
export const notificationsPersistence = {
  entities: messageSchemas,
  migrations: [
    Notifications1700000000012,
    Deliveries1700000000113,
    Operations1700000000115,
    AccountMessages1700000000133,
  ],
};
