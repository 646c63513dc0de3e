import 'reflect-metadata';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { cartPersistence } from '@holdfast/cart';
import { catalogPersistence } from '@holdfast/catalog';
import { identityPersistence } from '@holdfast/identity';
import { notificationsPersistence } from '@holdfast/notifications';
import { orderingPersistence } from '@holdfast/ordering';
import { paymentsPersistence } from '@holdfast/payments';
import {
  Audit1700000000061,
  AuditRetention1700000000070,
  EventLog1700000000006,
  OutboxRelay1700000000005,
  Platform1700000000001,
  Publishing1700000000020,
  runMigrations,
  SILENCE_MS,
  SteadyClient,
} from '@holdfast/platform';
import { webhooksPersistence } from '@holdfast/webhooks';

const contexts = [
  identityPersistence,
  catalogPersistence,
  orderingPersistence,
  cartPersistence,
  paymentsPersistence,
  notificationsPersistence,
  webhooksPersistence,
];

/** How every process reaches the database: all contexts' tables, every wait bounded (milliseconds). */
export function databaseOptions(settings: {
  DATABASE_URL?: string;
  DATABASE_POOL_SIZE?: number;
  LOCK_TIMEOUT?: number;
  STATEMENT_TIMEOUT?: number;
  POOL_TIMEOUT?: number;
}): DataSourceOptions {
  return {
    type: 'postgres',
    url: settings.DATABASE_URL,
    applicationName: 'holdfast',
    poolSize: settings.DATABASE_POOL_SIZE,
    entities: contexts.flatMap(({ entities }) => entities),
    migrations: [
      Platform1700000000001,
      ...contexts.flatMap(({ migrations }) => migrations),
      OutboxRelay1700000000005,
      EventLog1700000000006,
      Publishing1700000000020,
      Audit1700000000061,
      AuditRetention1700000000070,
    ],
    migrationsTableName: 'migrations',
    extra: {
      // On the session and not by SET LOCAL in each transaction: reads are bounded too, and an order saves two statements.
      lock_timeout: settings.LOCK_TIMEOUT,
      statement_timeout: settings.STATEMENT_TIMEOUT,
      query_timeout: settings.STATEMENT_TIMEOUT && settings.STATEMENT_TIMEOUT + SILENCE_MS,
      idle_in_transaction_session_timeout: settings.STATEMENT_TIMEOUT,
      connectionTimeoutMillis: settings.POOL_TIMEOUT,
      Client: SteadyClient,
    },
  };
}

/** Applies what is missing, under a lock. */
export const migrate = (url: string): Promise<void> => runMigrations(databaseOptions({ DATABASE_URL: url }));

/** For TypeORM's own command line: `npm run migration:show`, `migration:run`, `migration:revert`. */
export default new DataSource(databaseOptions({ DATABASE_URL: process.env['DATABASE_URL'] }));
