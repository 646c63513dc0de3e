import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Clock } from '@holdfast/shared-kernel';
import type { DataSourceOptions } from 'typeorm';
import { AuditLog } from './audit';
import { type LoadedSettings, Settings } from './config';
import { Backoffs, SharedRedis, SlidingWindows } from './limits';
import { OutboxSignal } from './outbox';
import { Announcements, EventPublisher } from './publishing';
import { AuditQueries, DatabaseClock, OwnWrites, Readiness, Reads, ReplicaReads } from './reads';
import { Backlogs, EventDelivery, EventHandlers, EventLog, OutboxGauges, OutboxQueries, OutboxRelay } from './relay';
import { IdempotencyKeys, UnitOfWorkRunner } from './unit-of-work';

/** The services that every context uses: settings, database, units of work, reads, the clock. */
@Global()
@Module({})
export class PlatformModule {
  static forRoot(settings: LoadedSettings, database: DataSourceOptions): DynamicModule {
    const shared = [
      ...[AuditLog, Announcements, Backlogs, EventLog, IdempotencyKeys, OutboxSignal, UnitOfWorkRunner],
      ...[AuditQueries, OutboxQueries, OwnWrites, Readiness, Reads, ReplicaReads],
      ...[Backoffs, SharedRedis, SlidingWindows],
    ];
    return {
      module: PlatformModule,
      imports: [TypeOrmModule.forRoot({ ...database, retryAttempts: 0 })],
      providers: [
        { provide: Settings, useValue: settings },
        { provide: Clock, useClass: DatabaseClock },
        OutboxGauges,
        ...shared,
      ],
      exports: [Settings, Clock, ...shared],
    };
  }
}

/** Delivers events to the handlers of the process, and to the broker. The worker imports it beside the contexts. */
@Module({
  imports: [DiscoveryModule],
  providers: [EventDelivery, EventHandlers, OutboxRelay, EventPublisher],
  exports: [OutboxRelay, EventPublisher],
})
export class OutboxRelayModule {}
