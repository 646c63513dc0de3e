// Owns: payments, the attempts to collect them, refunds, disputes, and the webhooks of providers (schema `payments`).
// Exposes: PaymentReconciliation for the worker; PaymentCollection, PaymentRefunds and PaymentWebhooks for tests.
// Emits: payments.payment-started, -captured, -failed, -refunded, -disputed; payments.attempt-failed, refund-requested,
//   refund-failed.
// Reacts to: ordering.order-placed, -canceled; ordering.refund-requested; payments.refund-requested.
// Promises: one charge an order, whatever fails; late money goes back; refunds never exceed captures; an order ends for
//   want of time only after its provider was asked.
import { Payments1700000000008 } from './infrastructure/1700000000008-payments.migration';
import { PaymentInquiries1700000000082 } from './infrastructure/1700000000082-payment-inquiries.migration';
import { paymentSchemas } from './infrastructure/payment.schema';

export { PaymentCollection } from './application/payment-collection.service';
export { PaymentReconciliation } from './application/payment-reconciliation.service';
export { PaymentRefunds } from './application/payment-refunds.service';
export { PaymentWebhooks } from './application/payment-webhooks.service';
export { PaymentsApiModule, PaymentsModule } from './payments.module';
export { PaymentsSettings } from './payments.settings';
export const paymentsPersistence = {
  entities: paymentSchemas,
  migrations: [Payments1700000000008, PaymentInquiries1700000000082],
};
