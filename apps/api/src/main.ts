import 'reflect-metadata';
import cluster from 'node:cluster';
import {
  createHttpApp,
  gatherMetrics,
  loadSettings,
  log,
  onShutdown,
  runMain,
  runMigrations,
  shareMetrics,
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
      return keepProcesses(settings.WEB_CONCURRENCY);
    }
  }
  watchProcess();
  if (cluster.isWorker) shareMetrics();
  const app = await createHttpApp(ApiModule.with(settings), settings);
  await app.listen(settings.PORT, settings.HOST);
  // Answers what is in flight, takes nothing new, then lets go of the database.
  onShutdown('api', () => app.close());
  log.info({ url: await app.getUrl() }, 'listening');
});
