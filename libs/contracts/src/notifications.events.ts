/** A message to a customer, or to those who run the shop, was recorded; it is sent next. */
export interface MessageRecorded {
  type: 'notifications.message-recorded';
  messageId: string;
  channel: 'email' | 'sms';
  /** Null for a mail about an account, and like the customer for a message to those who run the shop. */
  orderId: string | null;
  customerId: string | null;
}

export type NotificationsEvent = MessageRecorded;
