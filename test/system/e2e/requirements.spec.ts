import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { newId } from '@holdfast/shared-kernel';
import { Api, Simulator, Worker } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { expectInvariants } from '../../support/invariants';

const ROOT = join(__dirname, '../../..');
const PAGE = readFileSync(join(ROOT, 'docs/requirements.md'), 'utf8');

/** The shell blocks of the page: `{ kind, code }`, kind being `setup`, `limited` or empty. */
const BLOCKS = [...PAGE.matchAll(/^```sh ?(\w*)\n(.*?)^```/gms)].map(([, kind, code]) => ({ kind, code }));
const SETUP = BLOCKS.find(({ kind }) => kind === 'setup')!.code;
const SCENARIOS = BLOCKS.filter(({ kind }) => kind !== 'setup').map(({ kind, code }, i) => ({
  title: titles()[i],
  kind,
  code,
}));

function titles(): string[] {
  return [...PAGE.matchAll(/^\*\*(\d\. [^*]+)\.\*\*/gm)].map(([, title]) => title);
}

/** Runs the commands of docs/requirements.md as a reader would. */
describe('docs/requirements.md', () => {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-requirements-'));
  let database: TestDatabase;
  let api: Api;
  let limited: Api;
  let simulator: Simulator;
  let worker: Worker;

  beforeAll(async () => {
    database = await createTestDatabase();
    [api, limited] = await Promise.all([
      Api.start(database),
      Api.start(database, { RATE_LIMIT_ORDERS_PER_MINUTE: undefined }),
    ]);
    simulator = await Simulator.start(api);
    worker = await Worker.start(database, simulator.environment);
    const password = newId();
    await api.as().post('/v1/customers', { username: 'admin', email: 'admin@example.com', password });
    await database.query(`UPDATE identity.customers SET role = 'admin' WHERE username = 'admin'`);
    mkdirSync(join(home, '.holdfast'));
    writeFileSync(join(home, '.holdfast/demo-credentials.json'), JSON.stringify({ admin: { password } }));
  });
  afterAll(async () => {
    await expectInvariants(database);
    for (const each of [worker, simulator, limited, api]) await each.stop();
    await database.drop();
    rmSync(home, { recursive: true });
  });

  it('has eight scenarios', () => expect(SCENARIOS.map(({ title }) => title)).toHaveLength(8));

  it.each(SCENARIOS)(
    '$title',
    async ({ kind, code }) => {
      const env = { PATH: process.env['PATH'], api: (kind === 'limited' ? limited : api).url };
      const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', `${SETUP}\n${code}`], {
        cwd: home,
        env,
      });
      const promised = [...code.matchAll(/# → (.*)$/gm)].map(([, result]) => result);
      expect(promised.length).toBeGreaterThan(0);
      expect(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.trim()),
      ).toEqual(promised);
    },
    180_000,
  );
});
