import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { preProcessFile } from 'typescript';
import { parse } from 'yaml';
import { Process } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';

const ROOT = resolve(__dirname, '../../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const filesOf = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true }).map((path) => join(folder, String(path)));
const linesOf = (file: string) =>
  read(file)
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

/** What .dockerignore lets in, and what it takes out of that again. */
const [everything, ...rules] = linesOf('.dockerignore');
const letIn = rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1));
const leftOut = rules.filter((rule) => !rule.startsWith('!'));

describe('the image', () => {
  it('OPS-24 is made of the sources of what it runs: no test, no setting, no key, nothing of the demonstration', () => {
    expect(everything).toBe('*');
    expect(letIn).toEqual([
      ...['.npmrc', 'apps', 'libs', 'nest-cli.json', 'ormconfig.ts'],
      ...['package-lock.json', 'package.json', 'tsconfig.json'],
    ]);
    expect(leftOut).toEqual(['apps/bench', 'apps/demo', 'apps/start', 'libs/testbed', '**/*.spec.ts']);
    const secrets = [...filesOf('apps'), ...filesOf('libs')].filter((path) => /(^|\/)\.env|\.(pem|key)$/.test(path));
    expect(secrets).toEqual([]);
  });

  it('OPS-24 can be built of these: none of them imports what is left out', () => {
    const isLeftOut = (path: string) => leftOut.some((folder) => path.startsWith(`${folder}/`));
    const sources = [...filesOf('apps'), ...filesOf('libs')].filter(
      (path) => /(?<!\.spec)\.ts$/.test(path) && !isLeftOut(path),
    );
    const missing = sources.flatMap((path) =>
      preProcessFile(read(path))
        .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
        .map(({ fileName }) => relative(ROOT, resolve(ROOT, dirname(path), fileName)))
        .filter(isLeftOut)
        .map((imported) => `${path} → ${imported}`),
    );
    expect(sources.length).toBeGreaterThan(100);
    expect(missing).toEqual([]);
  });

  it('OPS-24 takes from the build what was built, and ends as a user that owns none of it', () => {
    const instructions = linesOf('Dockerfile');
    const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));
    expect(last.filter((line) => /^(COPY|ADD)/.test(line))).toEqual([
      'COPY package.json package-lock.json .npmrc ./',
      'COPY --from=build /app/dist dist',
    ]);
    expect(last.some((line) => /^RUN npm ci --omit=dev\b/.test(line))).toBe(true);
    const user = last.findLastIndex((line) => line.startsWith('USER '));
    expect(last[user]).toBe('USER node');
    expect(last.slice(user + 1).map((line) => line.split(' ')[0])).toEqual(['EXPOSE', 'HEALTHCHECK', 'CMD']);
    expect(instructions.filter((line) => /^(ARG|ENV)/.test(line)).join('\n')).not.toMatch(/SECRET|PASSWORD|KEY|TOKEN/);
  });

  it('OPS-24 runs without rights, on a root file system that nobody can write', () => {
    const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
      services: Record<string, Record<string, unknown>>;
    };
    for (const [name, service] of Object.entries(services)) {
      expect([name, service['cap_drop'], service['security_opt'], service['privileged']]).toEqual([
        ...[name, ['ALL'], ['no-new-privileges:true'], undefined],
      ]);
      // PostgreSQL writes beside its data, too.
      if (name !== 'postgres') expect([name, service['read_only']]).toEqual([name, true]);
      if (service['image'] === 'holdfast') expect([name, service['tmpfs']]).toEqual([name, ['/tmp']]);
      expect([name, 'ports' in service]).toEqual([name, name === 'api']);
      const { test = [] } = (service['healthcheck'] ?? {}) as { test?: unknown[] };
      expect([name, test.filter((word) => typeof word !== 'string')]).toEqual([name, []]);
    }
  });
});

/** A process of ours as the image has it. */
class Deployed extends Process {
  static async start(app: 'api' | 'worker', folder: string, env: NodeJS.ProcessEnv): Promise<Deployed> {
    // Whoever may write everywhere would prove nothing: as root, another user, who is known to no file.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const child: ChildProcess = spawn(process.execPath, [`dist/apps/${app}/src/main.js`], {
      ...{ cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] },
      ...nobody,
    });
    process.once('exit', () => child.kill('SIGKILL'));
    return Promise.resolve(new Deployed(child));
  }
}

describe('what the image has in it', () => {
  let database: TestDatabase;
  let folder: string;
  const processes: Deployed[] = [];

  const permit = (mode: number) => {
    chmodSync(folder, mode);
    for (const path of readdirSync(folder, { recursive: true })) chmodSync(join(folder, String(path)), mode);
  };

  beforeAll(async () => {
    database = await createTestDatabase({ empty: true });
    folder = mkdtempSync(join(tmpdir(), 'holdfast-image-'));
    // What `npm ci --omit=dev` leaves, without asking a registry.
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { dev?: boolean }> };
    for (const [path, { dev }] of Object.entries(packages)) {
      if (path === '' || dev || !existsSync(join(ROOT, path))) continue;
      mkdirSync(join(folder, path), { recursive: true });
      const nested = join(ROOT, path, 'node_modules');
      cpSync(join(ROOT, path), join(folder, path), { recursive: true, filter: (from) => from !== nested });
    }
    cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    cpSync(join(ROOT, 'dist'), join(folder, 'dist'), {
      recursive: true,
      filter: (from) => !leftOut.includes(relative(join(ROOT, 'dist'), from)),
    });
    permit(0o555);
  }, 120_000);
  afterAll(async () => {
    for (const each of processes) await each.stop();
    permit(0o755);
    rmSync(folder, { recursive: true });
    await database.drop();
  });

  it('OPS-24 starts in production, of production’s packages alone, where it can write nothing', async () => {
    const environment = {
      ...testEnvironment(database.url),
      NODE_ENV: 'production',
      PAYMENT_PROVIDERS: '',
      LOG_LEVEL: 'info',
      METRICS_PORT: '0',
    };
    const api = await Deployed.start('api', folder, environment);
    const worker = await Deployed.start('worker', folder, environment);
    processes.push(api, worker);
    const { port } = (await worker.logged('working'))['metrics'] as { port: number };
    for (const url of [String((await api.logged('listening'))['url']), `http://127.0.0.1:${port}`])
      expect([url, (await fetch(`${url}/health/ready`)).status]).toEqual([url, 200]);
    for (const each of [api, worker]) {
      expect(await each.stop()).toBe(0);
      expect(each.lines.filter(({ level }) => level === 'error')).toEqual([]);
    }
  }, 120_000);
});
