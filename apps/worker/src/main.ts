import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { HttpSettings, serveOperations } from '@holdfast/http';
import { EventPublisher, loadSettings, log, OutboxRelay, Readiness, runMigrations } from '@holdfast/platform';
import {
  endTracing,
  NestLogger,
  onShutdown,
  runMain,
  startTracing,
  watchProcess,
} from '@holdfast/platform/observability';
import { WebhookCourier } from '@holdfast/webhooks';
import { databaseOptions } from '../../../ormconfig';
import { Sweeps } from './sweeps';
import { WorkerModule } from './worker.module';

runMain('worker', async () => {
  const settings = loadSettings();
  watchProcess();
  await startTracing('worker', settings.OTEL_EXPORTER_OTLP_ENDPOINT);
  await runMigrations(databaseOptions(settings));
  const app = await NestFactory.createApplicationContext(WorkerModule.with(settings), {
    logger: new NestLogger(),
    abortOnError: false,
  });
  const sweeps = app.get(Sweeps);
  const relay = app.get(OutboxRelay);
  const publisher = app.get(EventPublisher);
  const webhooks = app.get(WebhookCourier);
  relay.start();
  publisher.start();
  webhooks.start();
  sweeps.start();
  const { HOST, METRICS_PORT } = new HttpSettings(settings);
  const readiness = app.get(Readiness);
  const server = METRICS_PORT === undefined ? undefined : await serveOperations(HOST, METRICS_PORT, readiness);
  onShutdown('worker', settings.SHUTDOWN_TIMEOUT, async () => {
    readiness.drain();
    await Promise.all([relay.finish(), publisher.finish(), webhooks.finish(), sweeps.finish()]);
    server?.close();
    await app.close();
    await endTracing();
  });
  log.info({ metrics: server?.address() }, 'working');
});
