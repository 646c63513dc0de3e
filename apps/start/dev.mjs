// `npm run dev`: the service of `npm start`, with API and worker restarted when a change compiles. Plain JavaScript,
// because nothing is built before it runs.
import { fork, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const nest = join(root, 'node_modules/@nestjs/cli/bin/nest.js');
/** Ends the compiler when this process is killed. */
const followParent = 'data:text/javascript,process.once("disconnect",()=>process.exit())';

console.log('Building…');
const compiler = spawn(
  process.execPath,
  ['--import', followParent, nest, 'build', '--watch', '--preserveWatchOutput'],
  {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  },
);
let launcher;
let changedAt;
let isStopping = false;

createInterface({ input: compiler.stdout }).on('line', (line) => {
  const errors = /Found (\d+) errors?\b/.exec(line)?.[1];
  if (/File change detected/.test(line)) changedAt = Date.now();
  else if (errors === '0') serve();
  else if (errors) console.error(launcher ? 'Not restarted: what ran before keeps serving.' : 'Waiting for a change.');
  else if (line.trim() && !/Starting compilation/.test(line)) console.error(line);
});

function serve() {
  if (launcher) return launcher.connected && launcher.send({ changedAt });
  // In a process group of its own, so that Ctrl-C reaches it once, from here.
  launcher = fork(join(root, 'dist/apps/start/src/main.js'), { cwd: root, detached: true });
  launcher.once('exit', (code) => end(code ?? 1));
}

compiler.once('exit', (code) => {
  if (isStopping) return;
  console.error(`The compiler has ended (exit code ${code}).`);
  stop('SIGTERM');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(signal));

function stop(signal) {
  isStopping = true;
  if (launcher) launcher.kill(signal);
  else end(signal === 'SIGINT' ? 0 : 1);
}

function end(code) {
  isStopping = true;
  compiler.kill();
  process.exit(code);
}
