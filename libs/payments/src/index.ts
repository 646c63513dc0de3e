// Owns: payments, the attempts to collect them, refunds, and the webhooks that were believed (schema `payments`).
// Exposes: PaymentReconciliation for the worker; PaymentCollection, PaymentRefunds and PaymentWebhooks for tests.
// Emits: payments.payment-started, -captured, -failed, -refunded; payments.refund-requested.
// Reacts to: ordering.order-placed, -canceled; ordering.refund-requested; payments.refund-requested.
// Promises: one charge an order, whatever fails; money that nobody asked for goes back; never more back than came in.
import { Payments1700000000008 } from './infrastructure/1700000000008-payments.migration';
import { paymentSchemas } from './infrastructure/payment.schema';
import { PaymentDigits1700000000082 } from './infrastructure/1700000000082-three-digits.migration';

export { PaymentCollection } from './application/payment-collection.service';
export { PaymentReconciliation } from './application/payment-reconciliation.service';
export { PaymentRefunds } from './application/payment-refunds.service';
export { PaymentWebhooks } from './application/payment-webhooks.service';
export { PaymentsApiModule, PaymentsModule } from './payments.module';
export { PaymentsSettings } from './payments.settings';
export const paymentsPersistence = {
  entities: paymentSchemas,
  migrations: [Payments1700000000008, PaymentDigits1700000000082],
};
