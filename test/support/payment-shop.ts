import { Test, type TestingModule } from '@nestjs/testing';
import { CatalogModule, CatalogueService } from '@holdfast/catalog';
import { FulfilmentModule, Shipping } from '@holdfast/fulfilment';
import { OrderCancellation, OrderingModule, OrderPlacement, OrderQueries } from '@holdfast/ordering';
import { PaymentReconciliation, PaymentsModule, PaymentWebhooks } from '@holdfast/payments';
import { loadSettings, OutboxRelay, PlatformModule } from '@holdfast/platform';
import { newId } from '@holdfast/shared-kernel';
import { databaseOptions } from '../../ormconfig';
import { makeCustomers } from './api';
import { createTestDatabase, type TestDatabase } from './database';
import { testEnvironment } from './environment';
import { eventually } from './eventually';
import { expectInvariants } from './invariants';

/** Signs a webhook as its provider does, in headers. */
interface Signer {
  signed(text: string): Record<string, string>;
}

export interface PaidRefund {
  id: string;
  amount: string;
  status: string;
  is_foreign: boolean;
  failure: string | null;
}

export type PlacedOrder = Awaited<ReturnType<PaymentShop['place']>>;

/** The contexts that an order and its payment need, through their services, on PostgreSQL and without HTTP of ours. */
export class PaymentShop {
  private constructor(
    readonly database: TestDatabase,
    readonly module: TestingModule,
    private readonly admin: { id: string; role: 'admin' },
  ) {}

  /** `relay: 'stopped'` leaves every event pending until {@link startRelay}. */
  static async open(environment: NodeJS.ProcessEnv, { relay = 'started' } = {}): Promise<PaymentShop> {
    const database = await createTestDatabase();
    const settings = loadSettings({
      ...{ ...testEnvironment(database.url), OUTBOX_RETRY_DELAYS: '50ms,100ms,100ms,100ms,100ms' },
      ...environment,
    });
    const platform = PlatformModule.forRoot(settings, databaseOptions(settings));
    const module = await Test.createTestingModule({
      imports: [platform, CatalogModule, OrderingModule, PaymentsModule, FulfilmentModule],
    }).compile();
    const [{ id }] = await makeCustomers(database, 1, 'admin');
    const shop = new PaymentShop(database, module, { id, role: 'admin' });
    if (relay === 'started') shop.startRelay();
    return shop;
  }

  startRelay(): void {
    this.module.get(OutboxRelay).start();
  }

  async close(): Promise<void> {
    await this.module.get(OutboxRelay).finish();
    try {
      await expectInvariants(this.database);
    } finally {
      await this.module.close();
      await this.database.drop();
    }
  }

  /** An order of two of a new product. */
  async place(price = { amount: '10.00', currency: 'GBP' }) {
    const details = { sku: newId(), name: 'Thing', price, stock: 10 };
    const product = await this.module.get(CatalogueService).create(details, this.admin.id);
    const items = [{ productId: product.id, quantity: 2 }];
    const { id } = await this.module.get(OrderPlacement).place({ items }, this.admin.id);
    const now = () => this.module.get(OrderQueries).one(id, this.admin);
    return {
      ...{ id, now },
      becomes: (status: string) => eventually(async () => expect((await now()).status).toBe(status)),
      onHand: async () => {
        const sql = 'SELECT on_hand::int AS units FROM catalog.products WHERE id = $1';
        return (await this.database.query<{ units: number }>(sql, [product.id]))[0].units;
      },
    };
  }

  async placePending(): Promise<PlacedOrder> {
    const order = await this.place();
    await order.becomes('payment_pending');
    return order;
  }

  cancel(orderId: string) {
    return this.module.get(OrderCancellation).cancel(orderId, this.admin);
  }

  /** Refunds what is left, or this amount in GBP. */
  refund(orderId: string, amount?: string) {
    const part = amount && { amount: { amount, currency: 'GBP' } };
    return this.module.get(Shipping).refund(orderId, { reason: 'broken', ...part }, this.admin.id);
  }

  refundsOf(orderId: string): Promise<PaidRefund[]> {
    return this.database.query(
      `SELECT r.id, r.amount::float::text AS amount, r.status, r.is_foreign, r.failure
       FROM payments.refunds r JOIN payments.payments p ON p.id = r.payment_id WHERE p.order_id = $1 ORDER BY r.id`,
      [orderId],
    );
  }

  reconcile(): Promise<number> {
    return this.module.get(PaymentReconciliation).reconcile();
  }

  /** Receives a webhook of the provider. */
  receive(provider: string, event: object, signer: Signer) {
    const text = JSON.stringify(event);
    return this.module.get(PaymentWebhooks).receive(provider, Buffer.from(text), signer.signed(text));
  }

  /** No event waits, and none is a dead letter. */
  quiet(): Promise<void> {
    return eventually(async () => {
      const undone = await this.database.query(
        `SELECT type, status, last_error FROM platform.outbox WHERE status IN ('pending', 'dead')`,
      );
      expect(undone).toEqual([]);
    });
  }
}
