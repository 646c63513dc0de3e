import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '../..');
const FOLDERS = ['apps', 'docs', 'libs', 'ops', 'test'];

const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

function filesIn(folder: string, end: string): string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith(end)).map((file) => join(folder, file));
}

const specs = ['apps', 'libs', 'test'].flatMap((folder) => filesIn(folder, '.spec.ts')).map(textOf);

/** The targets of relative links that do not exist. */
const brokenLinksIn = (page: string, text: string): string[] =>
  [...text.matchAll(/\]\((?!https?:|#|\/)([^)#]+)/g)]
    .map(([, link]) => link)
    .filter((link) => !existsSync(join(ROOT, dirname(page), link)));

/** The paths from the root, in backticks, that do not exist. A path with a `<placeholder>` is a pattern. */
const unknownPathsIn = (text: string): string[] =>
  [...text.matchAll(/`((?:[\w.-]+\/)+[\w.-]*)`/g)]
    .map(([, path]) => path)
    .filter((path) => FOLDERS.includes(path.split('/')[0]) && !existsSync(join(ROOT, path)));

/**
 * The quoted titles of tests that no spec has, in full or up to a comma. A quotation of four words or more, in lower
 * case, is a title.
 */
const unknownTitlesIn = (text: string): string[] =>
  [...text.replace(/^```.*?^```|`[^`\n]*`/gms, '').matchAll(/"([a-z]\S*(?: [^ "]+){3,})"/g)]
    .map(([, title]) => title)
    .filter((title) => !specs.some((spec) => spec.includes(`${title}',`) || spec.includes(`${title}, `)));

describe('every page', () => {
  const pages = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesIn('docs', '.md')];

  it.each(pages)('%s names only files and tests that exist', (page) => {
    const text = textOf(page);
    expect([...brokenLinksIn(page, text), ...unknownPathsIn(text), ...unknownTitlesIn(text)]).toEqual([]);
  });

  it('is found out by a link, a path or a title of nothing', () => {
    const text = 'See [it](docs/nothing.md) and `test/nothing.spec.ts`: "finds nothing that is there" fails.';
    expect(brokenLinksIn('README.md', text)).toEqual(['docs/nothing.md']);
    expect(unknownPathsIn(text)).toEqual(['test/nothing.spec.ts']);
    expect(unknownTitlesIn(text)).toEqual(['finds nothing that is there']);
  });

  it('is short, if it is the README', () => {
    expect(textOf('README.md').split('\n').length).toBeLessThanOrEqual(150);
  });
});
