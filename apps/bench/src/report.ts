import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import { ROOT } from '@holdfast/testbed';
import { isMet, type Target } from './statistics';

/** One table of the report: what is measured, one a row. */
export interface Report {
  /** A file name. */
  name: string;
  title: string;
  /** Left out of docs/performance.md. */
  isDetail?: boolean;
  head: string[];
  rows: string[][];
  /** A bar for each, in this unit. */
  chart?: { unit: string; bars: { label: string; value: number }[] };
  /** What does not go into a table, a line each. */
  notes?: string[];
}

/** To three digits, as no more of a benchmark is true. */
export function rounded(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(value >= 10 ? 1 : 2);
}

/** A row of two figures, their ratio and, where there is a target, whether it is met. */
export function comparison(what: string, ours: number, theirs: number, target?: Target): string[] {
  const ratio = ours / theirs;
  const figures = [what, rounded(ours), rounded(theirs), `${ratio.toFixed(2)} ×`];
  if (!target) return [...figures, '', ''];
  const wanted = 'atLeast' in target ? `≥ ${target.atLeast} ×` : `≤ ${target.atMost} ×`;
  return [...figures, wanted, isMet(ratio, target) ? 'met' : 'MISSED'];
}
export const COMPARISON = ['', 'Holdfast', 'yardstick', 'ratio', 'target', ''];

export function print({ title, head, rows, notes = [] }: Report): void {
  const chars = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  const style = { head: [], border: [] };
  const table = new Table({ head, chars, style, colAligns: head.map((_, n) => (n ? 'right' : 'left')) });
  table.push(...rows);
  console.log(`\n${title}\n${table.toString()}`);
  for (const note of notes) console.log(`  ${note}`);
}

export function markdown({ title, head, rows, notes = [] }: Report): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, n) => (n ? '--:' : '---'));
  return [`**${title}**`, '', line(head), line(rule), ...rows.map(line), ...notes.map((note) => `\n${note}`)].join(
    '\n',
  );
}

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

/** Bars, the longest the largest value. */
export function svg(title: string, { unit, bars }: NonNullable<Report['chart']>): string {
  const [width, left, height] = [760, 260, 24];
  const most = Math.max(...bars.map(({ value }) => value));
  const drawn = bars.map(({ label, value }, index) => {
    const [y, length] = [44 + index * height, (value / most) * (width - left - 90)];
    return `<text x="${left - 8}" y="${y + 13}" text-anchor="end">${escaped(label)}</text>
<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="${height - 6}" fill="#4472a8"/>
<text x="${left + length + 6}" y="${y + 13}">${rounded(value)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${60 + bars.length * height}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#fff"/>
<text x="8" y="22" font-weight="bold">${escaped(title)} (${escaped(unit)})</text>
${drawn.join('\n')}
</svg>
`;
}

/** Into `bench-results/`: all tables, and a chart of each that has one. */
export function save(reports: Report[], circumstances: object): string {
  const folder = join(ROOT, 'bench-results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'results.json'), JSON.stringify({ ...circumstances, reports }, null, 2));
  for (const { name, title, chart } of reports)
    if (chart) writeFileSync(join(folder, `${name}.svg`), svg(title, chart));
  return folder;
}

const MARKERS = /(<!-- bench[^>]*-->\n)[^]*?(<!-- \/bench -->)/;

/** Replaces the text between the markers of docs/performance.md. */
export function writePage(content: string): void {
  const file = join(ROOT, 'docs/performance.md');
  const page = readFileSync(file, 'utf8');
  if (!MARKERS.test(page)) throw new Error('docs/performance.md has no <!-- bench --> … <!-- /bench -->.');
  const written = page.replace(MARKERS, (_, begin: string, end: string) => `${begin}\n${content}\n\n${end}`);
  writeFileSync(file, written);
  execFileSync(process.execPath, [join(ROOT, 'node_modules/prettier/bin/prettier.cjs'), '--write', file]);
}
