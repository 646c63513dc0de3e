import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

interface Violation {
  from: string;
  to: string;
  rule: { name: string };
}

const ROOT = join(__dirname, '..', '..');
const RULES = join(__dirname, 'rules.cjs');
const VIOLATIONS = 'test/architecture/violations';

function violationsIn(...folders: string[]): { violations: Violation[]; modules: number } {
  const depcruise = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const output = execFileSync(process.execPath, [depcruise, ...folders, '--config', RULES, '--output-type', 'json'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const { summary } = JSON.parse(output) as { summary: { violations: Violation[]; totalCruised: number } };
  return { violations: summary.violations, modules: summary.totalCruised };
}

describe('the boundaries of the house', () => {
  const { forbidden } = jest.requireActual<{ forbidden: { name: string }[] }>('./rules.cjs');
  const rules = [...new Set(forbidden.map(({ name }) => name))];

  it('are kept everywhere', () => {
    const { violations, modules } = violationsIn('libs', 'apps', 'ormconfig.ts');
    expect(modules).toBeGreaterThan(80);
    expect(violations.map(({ from, to, rule }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
  });

  it('are at most twelve rules', () => {
    expect(rules.length).toBeLessThanOrEqual(12);
    expect(readdirSync(join(ROOT, VIOLATIONS)).sort()).toEqual([...rules].sort());
  });

  const reported = violationsIn(VIOLATIONS).violations;
  it.each(rules)('report a violation of %s', (rule) => {
    const own = reported.filter(({ from }) => from.startsWith(`${VIOLATIONS}/${rule}/`));
    expect(own.map((violation) => violation.rule.name)).toContain(rule);
  });

  it('report each call between contexts but those along the edges', () => {
    const calls = reported.filter(({ from }) => from.startsWith(`${VIOLATIONS}/everything-else-is-an-event/`));
    const context = (path: string) => /libs\/([^/]+)/.exec(path)?.[1];
    expect(calls.map(({ from, to }) => `${context(from)} → ${context(to)}`).sort()).toEqual([
      'cart → payments',
      'catalog → ordering',
      'ordering → cart',
      'payments → catalog',
      'payments → ordering',
    ]);
  });
});

describe('every context', () => {
  const contexts = readdirSync(join(ROOT, 'libs')).filter((lib) => existsSync(join(ROOT, 'libs', lib, 'src/domain')));

  it.each(contexts)('%s is at most 32 files, beside its migrations', (context) => {
    const files = readdirSync(join(ROOT, 'libs', context, 'src'), { recursive: true, encoding: 'utf8' });
    const sources = files.filter((file) => /(?<!\.spec|\.migration)\.ts$/.test(file));
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.length).toBeLessThanOrEqual(32);
  });
});
