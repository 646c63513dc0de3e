import 'reflect-metadata';
import cluster from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpApp, HttpSettings } from '@holdfast/http';
import { loadSettings, log, Readiness, runMigrations } from '@holdfast/platform';
import {
  endTracing,
  gatherMetrics,
  onShutdown,
  runMain,
  shareMetrics,
  startTracing,
  watchProcess,
} from '@holdfast/platform/observability';
import { databaseOptions } from '../../../ormconfig';
import { ApiModule } from './api.module';
import { keepProcesses } from './processes';

const ABOUT = {
  title: 'Holdfast',
  description:
    'Orders and inventory for mobile clients. **An order answered 201 has its stock, and no unit is ever sold twice.**\n\n' +
    'To try it: `POST /v1/auth/token`, copy the `accessToken` into *Authorize*, place an order. Every error is an RFC 9457 ' +
    '`application/problem+json`; switch on its `code`. Retry safely with an `Idempotency-Key`.',
};

runMain('api', async () => {
  const settings = loadSettings();
  const http = new HttpSettings(settings);
  if (cluster.isPrimary) {
    await runMigrations(databaseOptions(settings));
    if (http.WEB_CONCURRENCY > 1) {
      gatherMetrics();
      return keepProcesses(http.WEB_CONCURRENCY, settings.SHUTDOWN_TIMEOUT);
    }
  }
  watchProcess();
  await startTracing('api', settings.OTEL_EXPORTER_OTLP_ENDPOINT);
  if (cluster.isWorker) shareMetrics();
  const app = await createHttpApp(ApiModule.with(settings), http, ABOUT);
  await app.listen(http.PORT, http.HOST);
  onShutdown('api', settings.SHUTDOWN_TIMEOUT, async () => {
    app.get(Readiness).drain();
    await sleep(http.DRAIN_DELAY);
    // Answers what is in flight, takes nothing new, then lets go of the database.
    await app.close();
    await endTracing();
  });
  log.info({ url: await app.getUrl() }, 'listening');
});
