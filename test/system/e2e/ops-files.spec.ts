import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api, Worker } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { Scrape } from '../../support/prometheus';

const read = (file: string) => readFileSync(join(__dirname, '../../../ops', file), 'utf8');

/** What is no metric in an expression: functions, labels and what they are compared with, durations, words. */
const metricsIn = (expression: string): string[] =>
  expression
    .replace(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"|\b(?:by|without|on)\s*\([^)]*\)/g, ' ')
    .match(/\b[a-z_][a-z0-9_]*\b(?!\s*\()/g)
    ?.filter((word) => !['and', 'or', 'unless', 'by'].includes(word) && word.includes('_')) ?? [];

describe('the dashboard and the alert rules', () => {
  let database: TestDatabase;
  let names: Set<string>;

  beforeAll(async () => {
    database = await createTestDatabase();
    const provider = { PAYMENT_PROVIDERS: 'simulator', PAYMENT_SIMULATOR_URL: 'http://127.0.0.1:9' };
    const api = await Api.start(database, provider);
    const worker = await Worker.start(database, { ...provider, METRICS_PORT: '0' });
    await api.as().get('/v1/products');
    const { port } = (await worker.logged('working'))['metrics'] as { port: number };
    const scrapes = await Promise.all([api.url, `http://127.0.0.1:${port}`].map((url) => Scrape.of(url)));
    names = new Set(scrapes.flatMap((scrape) => [...scrape.names]));
    await Promise.all([api.stop(), worker.stop()]);
  }, 120_000);
  afterAll(() => database.drop());

  it('know what an expression names', () => {
    const expression = 'sum by (le, no_metric) (rate(a_total{b_c="d_e"}[5m])) / max(f_g) > 1 and h_i_total > 2';
    expect(metricsIn(expression)).toEqual(['a_total', 'f_g', 'h_i_total']);
  });

  it('name only metrics that the processes have', () => {
    const { panels } = JSON.parse(read('grafana-dashboard.json')) as { panels: { targets: { expr: string }[] }[] };
    const shown = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const alerts = [...read('alerts.yml').matchAll(/^ +expr: (.+)$/gm)].map(([, expression]) => expression);
    expect(shown.length).toBeGreaterThan(10);
    expect(alerts).toHaveLength(read('alerts.yml').match(/- alert: /g)!.length);
    for (const expression of [...shown, ...alerts]) {
      const named = metricsIn(expression);
      expect([expression, named.length > 0]).toEqual([expression, true]);
      expect([expression, named.filter((name) => !names.has(name))]).toEqual([expression, []]);
    }
  });
});
