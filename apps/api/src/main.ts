import 'reflect-metadata';
import { createHttpApp, loadSettings, log, onShutdown, runMain, runMigrations } from '@holdfast/platform';
import { databaseOptions } from '../../../ormconfig';
import { ApiModule } from './api.module';

runMain('api', async () => {
  const settings = loadSettings();
  await runMigrations(databaseOptions(settings));
  const app = await createHttpApp(ApiModule.with(settings), settings);
  await app.listen(settings.PORT, settings.HOST);
  // Answers what is in flight, takes nothing new, then lets go of the database.
  onShutdown('api', () => app.close());
  log.info({ url: await app.getUrl() }, 'listening');
});
