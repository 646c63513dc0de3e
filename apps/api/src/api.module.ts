import { type DynamicModule, Module } from '@nestjs/common';
import { AccountRecoveryApiModule } from '@holdfast/account-recovery';
import { AddressBookApiModule } from '@holdfast/address-book';
import { CartApiModule } from '@holdfast/cart';
import { CatalogApiModule } from '@holdfast/catalog';
import { CatalogFilesApiModule } from '@holdfast/catalog-files';
import { FulfilmentApiModule } from '@holdfast/fulfilment';
import { HttpModule } from '@holdfast/http';
import { IdentityApiModule } from '@holdfast/identity';
import { InventorySyncApiModule } from '@holdfast/inventory-sync';
import { OrderDeskApiModule } from '@holdfast/order-desk';
import { OrderingApiModule } from '@holdfast/ordering';
import { PaymentsApiModule } from '@holdfast/payments';
import { PlatformModule, type LoadedSettings } from '@holdfast/platform';
import { PricingApiModule } from '@holdfast/pricing';
import { WebhooksApiModule } from '@holdfast/webhooks';
import { databaseOptions } from '../../../ormconfig';

@Module({
  imports: [
    HttpModule,
    IdentityApiModule,
    AccountRecoveryApiModule,
    AddressBookApiModule,
    CatalogApiModule,
    CatalogFilesApiModule,
    PricingApiModule,
    OrderingApiModule,
    OrderDeskApiModule,
    CartApiModule,
    PaymentsApiModule,
    FulfilmentApiModule,
    WebhooksApiModule,
    InventorySyncApiModule,
  ],
})
export class ApiModule {
  static with(settings: LoadedSettings): DynamicModule {
    return { module: ApiModule, imports: [PlatformModule.forRoot(settings, databaseOptions(settings))] };
  }
}
