import { Api, Simulator, Worker } from './api';
import type { TestDatabase } from './database';
import { DEFAULT_WAITS } from './environment';
import { freePort } from '@holdfast/testbed';
import { Shop } from './shop';

/** Short waits for what takes minutes otherwise; all other settings are the defaults. */
const SOON = {
  OUTBOX_LEASE: '4s',
  PAYMENT_RECONCILE_AFTER: '3s',
  OUTBOX_RETRY_DELAYS: '500ms,1s,2s,2s,4s,8s',
  METRICS_PORT: '0',
};

/** A deployment: two API processes, a worker and a payment provider. Each keeps its address over a restart. */
export class Site {
  apis: Api[] = [];
  worker!: Worker;
  simulator!: Simulator;
  shop!: Shop;
  private readonly ports: number[] = [];

  private constructor(
    readonly database: TestDatabase,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  static async open(database: TestDatabase, environment: NodeJS.ProcessEnv = {}): Promise<Site> {
    const site = new Site(database, { ...DEFAULT_WAITS, ...SOON, ...environment });
    site.ports.push(await freePort(), await freePort());
    await Promise.all([0, 1].map((index) => site.startApi(index)));
    site.simulator = await Simulator.start(site.apis[0]);
    await site.startWorker();
    site.shop = await Shop.open(site.apis[0], database);
    return site;
  }

  async startApi(index: number): Promise<void> {
    this.apis[index] = await Api.start(this.database, { ...this.environment, PORT: String(this.ports[index]) });
  }

  async startWorker(environment: NodeJS.ProcessEnv = {}): Promise<void> {
    this.worker = await Worker.start(this.database, {
      ...this.environment,
      ...this.simulator.environment,
      ...environment,
    });
  }

  get processes(): (Api | Worker)[] {
    return [...this.apis, this.worker];
  }

  /** The base URLs of the processes' metrics. */
  async metricsUrls(): Promise<string[]> {
    const { port } = (await this.worker.logged('working'))['metrics'] as { port: number };
    return [...this.apis.map(({ url }) => url), `http://127.0.0.1:${port}`];
  }

  async close(): Promise<void> {
    for (const process of [...this.processes, this.simulator]) expect(await process.stop()).toBe(0);
  }
}
