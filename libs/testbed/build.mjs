// Keeps `dist` as new as the sources. Runs before anything is built, therefore plain JavaScript.
//   node libs/testbed/build.mjs          builds, unless `dist` is up to date
//   node libs/testbed/build.mjs --check  exits 1 with a sentence when `dist` is older than the sources
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const changedAt = (file) => (existsSync(join(root, file)) ? statSync(join(root, file)).mtimeMs : 0);
const sources = (folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((file) => /(?<!\.spec|\.d)\.ts$/.test(file))
    .map((file) => join(folder, file));

/** The first source that is newer than what was built from it, or undefined. */
function staleSource() {
  const isStale = (file) => changedAt(file) > changedAt(join('dist', file.replace(/\.ts$/, '.js')));
  const settings = ['nest-cli.json', 'tsconfig.json', 'apps/tsconfig.json'];
  return (
    ['ormconfig.ts', ...sources('libs'), ...sources('apps')].find(isStale) ??
    settings.find((file) => changedAt(file) > changedAt('dist/ormconfig.js'))
  );
}

const stale = staleSource();
if (stale && process.argv.includes('--check')) {
  console.error(`dist is older than ${stale}: run \`npm run build\`.`);
  process.exitCode = 1;
} else if (stale) {
  console.log('Building…');
  const nest = join(root, 'node_modules/@nestjs/cli/bin/nest.js');
  process.exitCode = spawnSync(process.execPath, [nest, 'build'], { cwd: root, stdio: 'inherit' }).status ?? 1;
  if (process.exitCode === 0) await import('./bundle.mjs');
}
