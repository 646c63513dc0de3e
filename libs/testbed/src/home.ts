import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of package.json, found from the sources and from `dist` alike. */
export const ROOT = rootAbove(__dirname);

/** Where `npm start` keeps the database, the keys, the passwords and the logs. */
export const HOME = join(ROOT, '.holdfast');

/** Exists while `npm start` runs; holds a {@link Running}. */
export const RUNNING = join(HOME, 'running.json');

export interface Credentials {
  username: string;
  password: string;
}

export interface Running {
  url: string;
  databaseUrl: string;
  admin: Credentials;
  customer: Credentials;
}

function rootAbove(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : rootAbove(dirname(folder));
}
