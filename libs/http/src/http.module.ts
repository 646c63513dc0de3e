import { Global, Module } from '@nestjs/common';
import { AnswerCaches } from './cache/answer-cache';
import { HttpSettings } from './http.settings';
import { RateLimits } from './limits/rate-limits';
import { AuditController } from './operations/audit.controller';
import { HealthController } from './operations/health.controller';
import { MetricsController } from './operations/metrics.controller';
import { OutboxController } from './operations/outbox.controller';

/** The services that all routes share, and the routes for operators. */
@Global()
@Module({
  controllers: [HealthController, MetricsController, OutboxController, AuditController],
  providers: [HttpSettings, AnswerCaches, RateLimits],
  exports: [HttpSettings, AnswerCaches, RateLimits],
})
export class HttpModule {}
