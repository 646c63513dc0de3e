import fc from 'fast-check';
import { Api } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { expectInvariants } from '../../support/invariants';
import { Contract, type Route } from '../../support/openapi';
import { type Attack, attacksOn } from './attacks';
import { JsonArbitraries } from './json-arbitraries';
import { send } from './send';
import { Targets } from './targets';
import { ChangeWatch } from './watch';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
/** Requests to each route, of which there are about sixty. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 40);

/** A refusal has no effect but here: a token that is used again ends its session. */
const EFFECTS = new Set(['post /v1/auth/refresh']);

describe('the contract', () => {
  let database: TestDatabase;
  let api: Api;
  let contract: Contract;
  let targets: Targets;
  let watch: ChangeWatch;
  /** How often each route answered with each status. */
  const answered = new Map<string, Map<number, number>>();

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await Api.start(database, { WEBHOOK_TARGETS: 'any' });
    contract = new Contract((await api.as().get('/openapi.json')).body);
    targets = await Targets.open(database, api);
    watch = await ChangeWatch.over(database);
  });
  afterAll(async () => {
    await api.stop();
    await database.drop();
  });

  /** Everything that is wrong with how one request was answered. */
  async function faultsOf(route: Route, attack: Attack): Promise<string[]> {
    const aimed = await targets.aim(attack);
    await watch.changes();
    const answer = await send(api.url, route.method, aimed);
    const changed = await watch.changes();
    const hit = contract.routeOf(route.method, aimed.path);
    const faults = contract.faultsOf(hit, answer, aimed.body !== undefined);
    const mustNotChange = route.method === 'GET' || (answer.status >= 400 && !EFFECTS.has(route.name));
    if (mustNotChange && changed.length) faults.push(`${answer.status}, and changed ${changed.join(', ')}`);
    if (api.child.exitCode !== null) faults.push('the process has ended');

    const counts = answered.get(route.name) ?? new Map<number, number>();
    answered.set(route.name, counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1));
    if (answer.status < 300 && route.method !== 'GET') {
      targets.used(aimed);
      if (/customers|api-keys/.test(aimed.path)) await targets.renewCallers();
    }
    return faults;
  }

  it(
    'holds on every route, whatever is asked and whoever asks',
    async () => {
      const arbitraries = new JsonArbitraries((schema) => contract.resolve(schema));
      const broken: string[] = [];
      for (const route of contract.routes) {
        const property = fc.asyncProperty(attacksOn(route, arbitraries), async (attack) => {
          const faults = await faultsOf(route, attack);
          if (faults.length) throw new Error(faults.join('\n'));
        });
        const result = await fc.check(property, { seed: SEED, numRuns: RUNS });
        if (!result.failed) continue;
        const attack = JSON.stringify(result.counterexample?.[0]).slice(0, 1_000);
        broken.push(
          `${route.name}: ${String(result.errorInstance)}\n${attack}\nAgain: FUZZ_SEED=${SEED} FUZZ_RUNS=${RUNS}`,
        );
      }
      expect(broken).toEqual([]);
    },
    24 * 3_600_000,
  );

  it('was tried in earnest: every route did what it is for, and refused something', () => {
    const notDone = contract.routes.filter(({ name }) => {
      const statuses = [...(answered.get(name)?.keys() ?? [])];
      return !statuses.some((status) => status < 300) || !statuses.some((status) => status >= 400);
    });
    expect(notDone.map(({ name }) => [name, answered.get(name)])).toEqual([]);
  });

  it('leaves the promise, and the process, as they were', async () => {
    await watch.end();
    await expectInvariants(database, { moment: 'always' });
    expect(api.child.exitCode).toBeNull();
    expect(api.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });
});
