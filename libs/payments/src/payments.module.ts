import { Module } from '@nestjs/common';
import { OrderingModule, PaymentTerms } from '@holdfast/ordering';
import { countEvents, declareAudience, OutboxRelayModule } from '@holdfast/platform';
import { PaymentWebhooksController, RefundsController } from './api/payments.controller';
import { PaymentCollection } from './application/payment-collection.service';
import { PaymentReconciliation } from './application/payment-reconciliation.service';
import { PaymentRefunds } from './application/payment-refunds.service';
import { PaymentWebhooks } from './application/payment-webhooks.service';
import { PaymentsEventHandlers } from './application/payments.event-handlers';
import { PaymentProviders } from './domain/payment-provider';
import { PaymentRepository } from './domain/payment.repository';
import { ConfiguredProviders } from './infrastructure/guarded-provider';
import { OrmPaymentRepository } from './infrastructure/orm-payment.repository';
import { PaymentsSettings } from './payments.settings';

const services = [PaymentCollection, PaymentRefunds, PaymentWebhooks, PaymentReconciliation];

countEvents('payments.refund-failed', 'payments_refunds_failed_total', 'Refunds that a provider did not send.');
declareAudience('payments.*', { scope: 'orders:read' });

@Module({
  imports: [OutboxRelayModule, OrderingModule],
  providers: [
    PaymentsSettings,
    ...services,
    PaymentsEventHandlers,
    { provide: PaymentRepository, useClass: OrmPaymentRepository },
    { provide: PaymentProviders, useClass: ConfiguredProviders },
  ],
  exports: [PaymentsSettings, ...services],
})
export class PaymentsModule {
  /** An order is refused before it takes stock when no provider takes its total exactly. */
  constructor(terms: PaymentTerms, providers: PaymentProviders) {
    terms.define((total) => providers.takes(total));
  }
}

@Module({ imports: [PaymentsModule], controllers: [PaymentWebhooksController, RefundsController] })
export class PaymentsApiModule {}
