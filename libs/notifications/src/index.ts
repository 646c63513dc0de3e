// Owns: the messages to customers about their orders, by e-mail and SMS (schema `notifications`).
// Exposes: nothing but its module, for the worker.
// Emits: notifications.message-recorded, for itself.
// Reacts to: identity.account-changed; ordering.order-placed, -paid, -canceled; payments.payment-refunded;
//   fulfilment.shipped, return-requested, return-received, return-rejected.
// Promises: one message for each event and channel; no table, event or log of this context holds an address.
import { Notifications1700000000012 } from './infrastructure/1700000000012-notifications.migration';
import { Deliveries1700000000113 } from './infrastructure/1700000000113-deliveries.migration';
import { messageSchemas } from './infrastructure/message.schema';

export { NotificationsModule } from './notifications.module';
export const notificationsPersistence = {
  entities: messageSchemas,
  migrations: [Notifications1700000000012, Deliveries1700000000113],
};
