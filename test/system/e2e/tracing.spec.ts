import { Api, Simulator, Worker } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { items, Shop } from '../../support/shop';
import { type CollectedSpan, TraceCollector } from '../../support/trace-collector';
import { WebhookSink } from '../../support/webhook-sink';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CLIENT_SPAN = 'b7ad6b7169203331';

describe('tracing', () => {
  let database: TestDatabase;
  let collector: TraceCollector;
  let sink: WebhookSink;

  beforeAll(async () => {
    database = await createTestDatabase();
    collector = await TraceCollector.open();
    sink = await WebhookSink.open();
  });
  afterAll(async () => {
    collector.close();
    sink.close();
    await database.drop();
  });

  it('leads from the request through its event to the handler, the payment provider and the webhook', async () => {
    const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, WEBHOOK_TARGETS: 'any' };
    const api = await Api.start(database, traced);
    const simulator = await Simulator.start(api);
    const worker = await Worker.start(database, { ...traced, ...simulator.environment });
    const shop = await Shop.open(api, database);
    await shop.admin.post('/v1/admin/webhook-endpoints', { url: sink.url });
    const [product, ann] = [await shop.product(), await shop.customer()];
    const traceparent = `00-${TRACE}-${CLIENT_SPAN}-01`;
    const { status } = await ann.post('/v1/orders', items([product, 1]), { traceparent });
    expect(status).toBe(201);

    const one = (name: string): CollectedSpan => {
      const found = collector.of(TRACE).filter((span) => span.name === name);
      expect([name, found.length]).toEqual([name, 1]);
      return found[0];
    };
    const spans = () => collector.of(TRACE);
    const pathOf = (span: CollectedSpan): string[] => {
      const parent = spans().find(({ spanId }) => spanId === span.parentSpanId);
      return [...(parent ? pathOf(parent) : []), `${span.service}: ${span.name}`];
    };
    const placed = ['holdfast-api: POST /v1/orders', 'holdfast-api: unit of work'];
    const webhookOf = () => spans().find((span) => span.name === 'POST webhook' && pathOf(span).length === 3);
    // A span is sent when it has ended, which is after those that it contains.
    await eventually(async () => {
      expect(pathOf(one('simulator start'))).toEqual([
        ...placed,
        'holdfast-worker: PaymentsEventHandlers.collect',
        'holdfast-worker: simulator start',
      ]);
      expect(webhookOf() && pathOf(webhookOf()!)).toEqual([...placed, 'holdfast-worker: POST webhook']);
    });
    expect(one('POST /v1/orders').parentSpanId).toBe(CLIENT_SPAN);
    const webhook = webhookOf()!;
    // Whoever is called goes on from there.
    expect(sink.received.map(({ headers }) => headers['traceparent'])).toContain(`00-${TRACE}-${webhook.spanId}-01`);

    for (const { lines } of [api, worker]) {
      const own = lines.filter(({ traceId }) => traceId === TRACE);
      expect(own.every(({ requestId }) => typeof requestId === 'string')).toBe(true);
    }
    expect(api.lines.find((line) => line['route'] === '/v1/orders')).toMatchObject({ traceId: TRACE });
    const sent = collector.bodies.join();
    for (const secret of [ann.token!, shop.admin.token!]) expect(sent).not.toContain(secret);
    for (const process of [worker, api, simulator]) expect(await process.stop()).toBe(0);
    // Nothing that was traced is lost by stopping: the requests of the very end are there.
    expect(collector.spans.some(({ name }) => name === 'POST /v1/webhooks/payments/:provider')).toBe(true);
  }, 120_000);

  it('goes on, and stops in time, when the collector is away', async () => {
    const api = await Api.start(database, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    expect((await api.as().get('/v1/products')).status).toBe(200);
    expect(await api.stop()).toBe(0);
  });
});
