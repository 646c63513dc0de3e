import 'reflect-metadata';
import cluster from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createHttpApp,
  endTracing,
  gatherMetrics,
  loadSettings,
  log,
  Readiness,
  onShutdown,
  runMain,
  runMigrations,
  shareMetrics,
  startTracing,
  watchProcess,
} from '@holdfast/platform';
import { databaseOptions } from '../../../ormconfig';
import { ApiModule } from './api.module';
import { keepProcesses } from './processes';

runMain('api', async () => {
  const settings = loadSettings();
  if (cluster.isPrimary) {
    await runMigrations(databaseOptions(settings));
    if (settings.WEB_CONCURRENCY > 1) {
      gatherMetrics();
      return keepProcesses(settings.WEB_CONCURRENCY, settings.SHUTDOWN_TIMEOUT);
    }
  }
  watchProcess();
  await startTracing('api', settings.OTEL_EXPORTER_OTLP_ENDPOINT);
  if (cluster.isWorker) shareMetrics();
  const app = await createHttpApp(ApiModule.with(settings), settings);
  await app.listen(settings.PORT, settings.HOST);
  onShutdown('api', settings.SHUTDOWN_TIMEOUT, async () => {
    app.get(Readiness).drain();
    await sleep(settings.DRAIN_DELAY);
    // Answers what is in flight, takes nothing new, then lets go of the database.
    await app.close();
    await endTracing();
  });
  log.info({ url: await app.getUrl() }, 'listening');
});
