import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  dev?: boolean;
  license?: string;
  version?: string;
  optionalDependencies?: Record<string, string>;
  resolved?: string;
}

/** They ask for no more than to be named; none of them asks anything of what is built with it. */
const LICENCES = [
  'MIT',
  'MIT-0',
  'ISC',
  '0BSD',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'Python-2.0',
  'Unlicense',
];
/** These name theirs, the MIT licence, in a file of words only. */
const IN_WORDS = ['passport-strategy', 'pause'];

const root = join(__dirname, '../..');
const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));
const lock = read('package-lock.json') as {
  packages: Record<string, LockedPackage>;
};

describe('package-lock.json', () => {
  it('holds the binaries of every platform, or `npm ci` refuses it there', () => {
    const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !lock.packages[`node_modules/${name}`] && !lock.packages[`${path}/node_modules/${name}`])
        .map((name) => `${path} → ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it('names no registry, so that it installs from whichever one is configured', () => {
    expect(Object.values(lock.packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });

  it('brings to production what is under one of the licences that we take, and nothing else', () => {
    const inProduction = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && !dev);
    expect(inProduction.length).toBeGreaterThan(100);
    const others = inProduction
      .filter(([path, { license }]) =>
        license === undefined ? !IN_WORDS.includes(path.replace(/^.*node_modules\//, '')) : !LICENCES.includes(license),
      )
      .map(([path, { license }]) => [path, license]);
    expect(others).toEqual([]);
  });

  it('is listed by `npm run sbom`, with nothing left out that is in production', () => {
    execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
    const { bomFormat, components } = read('sbom.cdx.json') as Record<'bomFormat', string> & {
      components: { name: string; version: string }[];
    };
    expect(bomFormat).toBe('CycloneDX');
    const listed = new Set(components.map(({ name, version }) => `${name}@${version}`));
    const missing = Object.entries(lock.packages)
      .filter(([path, { dev }]) => path !== '' && !dev && existsSync(join(root, path)))
      .map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`)
      .filter((name) => !listed.has(name));
    expect(missing).toEqual([]);
  });
});
