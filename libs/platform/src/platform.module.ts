import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Clock } from '@holdfast/shared-kernel';
import type { DataSourceOptions } from 'typeorm';
import { AnswerCaches } from './cache/answer-cache';
import { SharedRedis } from './cache/redis';
import { AuditLog } from './audit/audit-log';
import { AuditQueries } from './audit/audit.queries';
import { Settings } from './config/settings';
import { AuditController } from './http/audit.controller';
import { HealthController } from './http/health.controller';
import { MetricsController } from './http/metrics.controller';
import { OutboxController } from './http/outbox.controller';
import { RateLimits } from './http/rate-limits';
import { Backoffs } from './limits/backoffs';
import { SlidingWindows } from './limits/sliding-windows';
import { EventLog } from './outbox/event-log';
import { Readiness } from './observability/readiness';
import { OutboxGauges } from './outbox/outbox-gauges';
import { OutboxQueries } from './outbox/outbox.queries';
import { OutboxSignal } from './outbox/outbox-signal';
import { OutboxRelay } from './outbox/relay';
import { Announcements } from './publishing/announcements';
import { EventPublisher } from './publishing/event-publisher';
import { DatabaseClock } from './persistence/database-clock';
import { OwnWrites } from './persistence/own-writes';
import { Reads } from './persistence/reads';
import { ReplicaReads } from './persistence/replica-reads';
import { IdempotencyKeys } from './unit-of-work/idempotency-keys';
import { UnitOfWorkRunner } from './unit-of-work/unit-of-work';

/** The plumbing that every context stands on: settings, database, units of work, reads, the clock. */
@Global()
@Module({})
export class PlatformModule {
  static forRoot(settings: Settings, database: DataSourceOptions): DynamicModule {
    const reading = [Reads, OwnWrites, ReplicaReads, AnswerCaches];
    const limiting = [SlidingWindows, Backoffs, RateLimits];
    const shared = [
      IdempotencyKeys,
      UnitOfWorkRunner,
      OutboxSignal,
      EventLog,
      AuditLog,
      Announcements,
      ...reading,
      ...limiting,
    ];
    return {
      module: PlatformModule,
      imports: [TypeOrmModule.forRoot({ ...database, retryAttempts: 0 })],
      controllers: [HealthController, MetricsController, OutboxController, AuditController],
      providers: [
        OutboxQueries,
        AuditQueries,
        OutboxGauges,
        Readiness,
        { provide: Settings, useValue: settings },
        { provide: Clock, useClass: DatabaseClock },
        SharedRedis,
        ...shared,
      ],
      exports: [Settings, Clock, ...shared],
    };
  }
}

/** Delivers events to the handlers of the process, and to the broker: imported by the worker, beside the contexts it serves. */
@Module({
  imports: [DiscoveryModule],
  providers: [OutboxRelay, EventPublisher],
  exports: [OutboxRelay, EventPublisher],
})
export class OutboxRelayModule {}
