import { type DynamicModule, Module } from '@nestjs/common';
import { AccountRecoveryModule } from '@holdfast/account-recovery';
import { AddressBookModule } from '@holdfast/address-book';
import { CartModule } from '@holdfast/cart';
import { CatalogModule } from '@holdfast/catalog';
import { FulfilmentModule } from '@holdfast/fulfilment';
import { IdentityModule } from '@holdfast/identity';
import { InventorySyncModule } from '@holdfast/inventory-sync';
import { NotificationsModule } from '@holdfast/notifications';
import { OrderingModule } from '@holdfast/ordering';
import { PaymentsModule } from '@holdfast/payments';
import { OutboxRelayModule, PlatformModule, type LoadedSettings } from '@holdfast/platform';
import { WebhooksModule } from '@holdfast/webhooks';
import { databaseOptions } from '../../../ormconfig';
import { Sweeps } from './sweeps';

@Module({
  imports: [
    IdentityModule,
    AccountRecoveryModule,
    AddressBookModule,
    CartModule,
    CatalogModule,
    OrderingModule,
    PaymentsModule,
    FulfilmentModule,
    NotificationsModule,
    WebhooksModule,
    InventorySyncModule,
    OutboxRelayModule,
  ],
  providers: [Sweeps],
})
export class WorkerModule {
  static with(settings: LoadedSettings): DynamicModule {
    return { module: WorkerModule, imports: [PlatformModule.forRoot(settings, databaseOptions(settings))] };
  }
}
