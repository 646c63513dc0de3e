// What `npm pack` puts into the package: the client as an ES module and as CommonJS, and its types.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = dirname(fileURLToPath(import.meta.url));
const outdir = join(root, 'dist');
rmSync(outdir, { recursive: true, force: true });

for (const [format, extension] of [
  ['esm', '.mjs'],
  ['cjs', '.cjs'],
])
  buildSync({
    absWorkingDir: root,
    entryPoints: ['src/index.ts'],
    outdir,
    outExtension: { '.js': extension },
    bundle: true,
    // What Hermes, the engine of React Native, reads as it is.
    target: 'es2020',
    platform: 'neutral',
    format,
    logLevel: 'error',
  });

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.json')], { stdio: 'inherit' });
