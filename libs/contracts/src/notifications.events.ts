/** A message to a customer was recorded; it is sent next. Delivered again, it is not recorded again. */
export interface MessageRecorded {
  type: 'notifications.message-recorded';
  messageId: string;
  channel: 'email' | 'sms';
  orderId: string;
  customerId: string;
}

export type NotificationsEvent = MessageRecorded;
