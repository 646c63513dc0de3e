import 'reflect-metadata';
import cluster from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpApp, HttpSettings, serveOperations } from '@holdfast/http';
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
import { ABOUT } from './about';
import { ApiModule } from './api.module';
import { keepProcesses } from './processes';

/** The port of the metrics in production, where they are not public. */
const METRICS_PORT = 9464;

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
  const readiness = app.get(Readiness);
  const isPrivate = settings.NODE_ENV === 'production' && http.METRICS === 'on';
  const operations = isPrivate && (await serveOperations(http.HOST, http.METRICS_PORT ?? METRICS_PORT, readiness));
  onShutdown('api', settings.SHUTDOWN_TIMEOUT, async () => {
    readiness.drain();
    await sleep(http.DRAIN_DELAY);
    // Finishes the requests in flight and refuses new ones, then closes the connections to the database.
    await app.close();
    if (operations) operations.close();
    await endTracing();
  });
  log.info({ url: await app.getUrl(), metrics: operations ? operations.address() : undefined }, 'listening');
});
