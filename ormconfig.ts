import 'reflect-metadata';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { accountRecoveryPersistence } from '@holdfast/account-recovery';
import { addressBookPersistence } from '@holdfast/address-book';
import { cartPersistence } from '@holdfast/cart';
import { catalogPersistence } from '@holdfast/catalog';
import { fulfilmentPersistence } from '@holdfast/fulfilment';
import { identityPersistence } from '@holdfast/identity';
import { inventorySyncPersistence } from '@holdfast/inventory-sync';
import { notificationsPersistence } from '@holdfast/notifications';
import { orderDeskPersistence } from '@holdfast/order-desk';
import { orderingPersistence } from '@holdfast/ordering';
import { paymentsPersistence } from '@holdfast/payments';
import { pricingPersistence } from '@holdfast/pricing';
import { runMigrations } from '@holdfast/platform';
import { type ConnectionSettings, connectionOptions, platformMigrations } from '@holdfast/platform/persistence';
import { webhooksPersistence } from '@holdfast/webhooks';

const contexts = [
  identityPersistence,
  accountRecoveryPersistence,
  catalogPersistence,
  addressBookPersistence,
  pricingPersistence,
  orderingPersistence,
  orderDeskPersistence,
  cartPersistence,
  fulfilmentPersistence,
  paymentsPersistence,
  notificationsPersistence,
  webhooksPersistence,
  inventorySyncPersistence,
];

/** How every process reaches the database: the tables of all contexts, every wait bounded. */
export function databaseOptions(settings: ConnectionSettings): DataSourceOptions {
  return {
    type: 'postgres',
    ...connectionOptions(settings),
    applicationName: 'holdfast',
    entities: contexts.flatMap(({ entities }) => entities),
    migrations: [...platformMigrations, ...contexts.flatMap(({ migrations }) => migrations)],
    migrationsTableName: 'migrations',
    // A migration that builds an index concurrently runs outside a transaction.
    migrationsTransactionMode: 'each',
  };
}

/** Applies the missing migrations, under a lock. */
export const migrate = (url: string): Promise<void> => runMigrations(databaseOptions({ DATABASE_URL: url }));

/** For TypeORM's own command line: `npm run migration:show`, `migration:run`, `migration:revert`. */
export default new DataSource(databaseOptions({ DATABASE_URL: process.env['DATABASE_URL'] }));
