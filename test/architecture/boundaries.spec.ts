import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

interface Violation {
  from: string;
  to: string;
  rule: { name: string };
}

const ROOT = join(__dirname, '..', '..');
const RULES = join(__dirname, 'rules.cjs');
const VIOLATIONS = 'test/architecture/violations';

const { ASKS, FLOORS, PLUMBING } = jest.requireActual<{
  ASKS: Record<string, string[]>;
  FLOORS: string[];
  PLUMBING: string[];
}>('./house.cjs');
const { forbidden } = jest.requireActual<{ forbidden: { name: string }[] }>('./rules.cjs');

const CONTEXTS = readdirSync(join(ROOT, 'libs')).filter((lib) => !PLUMBING.includes(lib));

interface Cruise {
  modules: { source: string }[];
  summary: { violations: Violation[] };
}

/** The modules of these folders and what they import, with the imports that violate a rule. */
function cruise(...folders: string[]): Cruise {
  const depcruise = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const output = execFileSync(process.execPath, [depcruise, ...folders, '--config', RULES, '--output-type', 'json'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(output) as Cruise;
}

/** The TypeScript files below a folder, without specs; paths from the root of the repository. */
function sourcesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /(?<!\.spec)\.ts$/.test(file))
    .map((file) => join(folder, file));
}

const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const linesIn = (files: string[]): number => files.reduce((sum, file) => sum + textOf(file).split('\n').length - 1, 0);

describe('the boundaries of the house', () => {
  const rules = [...new Set(forbidden.map(({ name }) => name))];
  // One run for the code and the fixtures: most of its time is the start of the tool.
  const { modules, summary } = cruise('libs', 'apps', 'ormconfig.ts', VIOLATIONS);
  const isFixture = (path: string) => path.startsWith(`${VIOLATIONS}/`);

  it('are kept everywhere', () => {
    const cruised = new Set(modules.map(({ source }) => source));
    const sources = ['ormconfig.ts', ...sourcesIn('libs'), ...sourcesIn('apps')];
    expect(sources.length).toBeGreaterThan(80);
    expect(sources.filter((source) => !cruised.has(source))).toEqual([]);
    const violations = summary.violations.filter(({ from }) => !isFixture(from));
    expect(violations.map(({ from, to, rule }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
  });

  it('are at most twelve rules, each with a fixture that violates it', () => {
    expect(rules.length).toBeLessThanOrEqual(12);
    expect(readdirSync(join(ROOT, VIOLATIONS)).sort()).toEqual([...rules].sort());
  });

  it.each(rules)('report exactly the imports that violate %s', (rule) => {
    const fixture = `${VIOLATIONS}/${rule}`;
    const found = summary.violations.filter((each) => each.rule.name === rule && each.from.startsWith(`${fixture}/`));
    expect(found.map(({ from, to }) => `${from} → ${to}`).sort()).toEqual(markedIn(fixture).sort());
  });

  it('know only contexts that exist', () => {
    const named = Object.entries(ASKS).flat(2);
    expect(named.filter((context) => !CONTEXTS.includes(context))).toEqual([]);
  });

  it('know the floors of the platform, all of them', () => {
    const folders = readdirSync(join(ROOT, 'libs/platform/src'), { withFileTypes: true });
    const floors = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(floors.sort()).toEqual([...FLOORS].sort());
  });
});

/** The imports of a fixture that end with `// reported`, as `from → to`. */
function markedIn(fixture: string): string[] {
  return sourcesIn(fixture).flatMap((from) =>
    [...textOf(from).matchAll(/from '([^']+)'; \/\/ reported$/gm)].map(
      ([, target]) => `${from} → ${resolved(from, target)}`,
    ),
  );
}

function resolved(from: string, target: string): string {
  if (!target.startsWith('.'))
    return relative(ROOT, require.resolve(target)).replace(/^(.*node_modules\/)/, 'node_modules/');
  const path = join(dirname(from), target);
  return [`${path}.ts`, `${path}/index.ts`].find((file) => existsSync(join(ROOT, file))) ?? path;
}

describe('platform and http', () => {
  const files = [...sourcesIn('libs/platform/src'), ...sourcesIn('libs/http/src')];

  it.each(files)('know no context by name: %s', (file) => {
    expect(contextsNamedIn(textOf(file))).toEqual([]);
  });

  it.each([
    [`const type = 'ordering.order-placed';`, ['ordering']],
    ['const sql = `SELECT * FROM catalog.products WHERE id = ${id}`;', ['catalog']],
    [`// ordering records it\nconst catalog = 1;`, []],
  ])('would be caught naming one: %s', (text, named) => {
    expect(contextsNamedIn(text)).toEqual(named);
  });

  it('have at most 8,140 lines together, and no floor more than 1,260', () => {
    expect(linesIn(files)).toBeLessThanOrEqual(8_140);
    const floors = FLOORS.map((floor) => [floor, linesIn(sourcesIn(`libs/platform/src/${floor}`))] as const);
    expect(floors.filter(([, lines]) => lines > 1_260)).toEqual([]);
  });

  it('open the platform to contexts by at most 60 names', () => {
    const names = namesExportedBy(textOf('libs/platform/src/index.ts'));
    expect(names.length).toBeGreaterThan(20);
    expect(names.length).toBeLessThanOrEqual(60);
  });

  it.each([`export * from './audit';`, `export * as audit from './audit';`, 'export const audit = 1;'])(
    'open the platform by a list of names, not by %s',
    (text) => expect(() => namesExportedBy(text)).toThrow('a list of names'),
  );
});

/** Read from the source alone, since the types behind the names take seconds to load. */
function namesExportedBy(source: string): string[] {
  const { statements } = ts.createSourceFile('index.ts', source, ts.ScriptTarget.Latest, true);
  return statements.flatMap((statement) => {
    const clause = ts.isExportDeclaration(statement) ? statement.exportClause : undefined;
    if (!clause || !ts.isNamedExports(clause)) throw new Error(`not a list of names: ${statement.getText()}`);
    return clause.elements.map(({ name }) => name.text);
  });
}

/** Strings that are the name of a context by coincidence: the content coding of RFC 9110. */
const OTHER_MEANINGS = ['identity'];

/** The contexts whose name stands, as a word, in a string or a template of the source. */
function contextsNamedIn(source: string): string[] {
  const named = new Set<string>();
  const visit = (node: ts.Node): void => {
    if ((ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node)) && !OTHER_MEANINGS.includes(node.text))
      for (const context of CONTEXTS)
        if (new RegExp(`\\b${context}\\b`).test(node.text) && !ts.isImportDeclaration(node.parent)) named.add(context);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true));
  return [...named];
}

describe('every context', () => {
  it.each(CONTEXTS)('%s is at most 25 files, beside its migrations', (context) => {
    const files = sourcesIn(`libs/${context}/src`).filter((file) => !file.endsWith('.migration.ts'));
    expect(files.length).toBeGreaterThan(0);
    expect(files.length).toBeLessThanOrEqual(25);
  });

  it.each(CONTEXTS)('%s says at its door what it owns, exposes, emits, reacts to and promises', (context) => {
    const header = textOf(`libs/${context}/src/index.ts`)
      .split('\n')
      .filter((line) => line.startsWith('// '));
    for (const heading of ['Owns', 'Exposes', 'Emits', 'Reacts to', 'Promises'])
      expect(header.some((line) => line.startsWith(`// ${heading}: `))).toBe(true);
  });
});
