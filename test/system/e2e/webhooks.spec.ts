import { newId } from '@holdfast/shared-kernel';
import { Api, type Json, Worker } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually, until } from '../../support/eventually';
import { expectInvariants, expectDeliveredInOrder } from '../../support/invariants';
import { items, Shop } from '../../support/shop';
import { verifies, WebhookSink } from '../../support/webhook-sink';

const ENDPOINTS = '/v1/admin/webhook-endpoints';

describe('a subscriber', () => {
  let database: TestDatabase;
  let api: Api;
  let worker: Worker;
  let shop: Shop;
  let sink: WebhookSink;

  beforeAll(async () => {
    database = await createTestDatabase();
    const settings = { WEBHOOK_TARGETS: 'any', OUTBOX_RETRY_DELAYS: '100ms,100ms' };
    [api, worker] = await Promise.all([Api.start(database, settings), Worker.start(database, settings)]);
    shop = await Shop.open(api, database);
    sink = await WebhookSink.open();
  });
  afterAll(async () => eventually(async () => expectInvariants(database, { moment: 'drained', attempts: 3 })));
  afterAll(async () => {
    sink.close();
    expect(await worker.stop()).toBe(0);
    expect(await api.stop()).toBe(0);
    await database.drop();
  });

  const deliveriesOf = async (id: string, query = '') =>
    (await shop.admin.get(`${ENDPOINTS}/${id}/deliveries${query}`)).body;

  it('OUT-01 sends an order and its end, and an admin sees each delivery', async () => {
    const registered = await shop.admin.post(ENDPOINTS, {
      url: sink.url,
      description: 'Warehouse',
      eventTypes: ['ordering.*'],
    });
    expect(registered.status).toBe(201);
    const { secret, ...endpoint } = registered.body;
    expect(registered.headers.get('location')).toBe(`${ENDPOINTS}/${endpoint.id}`);
    expect(endpoint).toMatchObject({ active: true, eventTypes: ['ordering.*'], description: 'Warehouse', version: 1 });
    expect((await shop.admin.get(`${ENDPOINTS}/${endpoint.id}`)).body).toEqual(endpoint);
    expect((await shop.admin.get(ENDPOINTS)).body).toEqual({ items: [endpoint], nextCursor: null });

    const [ann, product] = [await shop.customer(), await shop.product()];
    const requestId = newId();
    const order = await ann.post('/v1/orders', items([product, 2]), { 'x-request-id': requestId });
    await ann.post(`/v1/orders/${order.body.id}/cancel`);
    await until(() => sink.received.length === 2);
    const events = sink.received.map(({ body }) => JSON.parse(body));
    expect(events.map(({ type }) => type)).toEqual([
      'holdfast.ordering.order-placed.v1',
      'holdfast.ordering.order-canceled.v1',
    ]);
    expect(events[0]).toMatchObject({
      subject: order.body.id,
      correlationid: requestId,
      data: { total: order.body.total },
    });
    for (const each of sink.received) expect(verifies(secret, each)).toBe(true);

    await until(async () => (await deliveriesOf(endpoint.id, '?status=sent')).items.length === 2);
    const first = await deliveriesOf(endpoint.id, '?limit=1');
    expect(first.items).toMatchObject([
      { eventType: 'ordering.order-canceled', status: 'sent', attempts: 1, responseStatus: 200, nextAttemptAt: null },
    ]);
    const second = await deliveriesOf(endpoint.id, `?limit=1&cursor=${first.nextCursor}`);
    expect(second).toMatchObject({ items: [{ eventType: 'ordering.order-placed' }], nextCursor: null });

    const [{ eventId }] = second.items;
    expect((await shop.admin.post(`${ENDPOINTS}/${endpoint.id}/deliveries/${eventId}/redeliver`)).status).toBe(202);
    await until(() => sink.received.length === 3);
    expect(sink.received[2].id).toBe(sink.received[0].id);
    await until(async () => (await deliveriesOf(endpoint.id, '?status=sent')).items.length === 2);
    const sent = (await deliveriesOf(endpoint.id, '?status=sent')).items.map((each: Json) => each.eventId as string);
    await expectDeliveredInOrder(
      database,
      sink.received.map(({ body }) => body),
      sent,
    );

    const rotated = await shop.admin.post(`${ENDPOINTS}/${endpoint.id}/rotate-secret`);
    expect(rotated.status).toBe(200);
    expect(rotated.body.secret).not.toBe(secret);
    const disabled = await shop.admin.patch(`${ENDPOINTS}/${endpoint.id}`, { active: false, eventTypes: [] });
    expect(disabled.body).toMatchObject({ active: false, disabledBecause: 'by an admin', eventTypes: [] });
    const late = await shop.admin.post(`${ENDPOINTS}/${endpoint.id}/deliveries/${eventId}/redeliver`);
    expect([late.status, late.body.code]).toEqual([409, 'webhook-endpoint-disabled']);
    expect((await shop.admin.delete(`${ENDPOINTS}/${endpoint.id}`)).status).toBe(204);
    expect((await shop.admin.get(`${ENDPOINTS}/${endpoint.id}/deliveries`)).status).toBe(404);
    for (const line of [...api.lines, ...worker.lines])
      for (const each of [secret, rotated.body.secret]) expect(JSON.stringify(line)).not.toContain(each);
  });

  it('SEC-05 is an admin’s business: others get 403, strangers 401, unknown ids 404', async () => {
    const ann = await shop.customer();
    const [id, eventId] = [newId(), newId()];
    const routes: [string, string, object?][] = [
      ['POST', ENDPOINTS, { url: sink.url }],
      ['GET', ENDPOINTS],
      ['GET', `${ENDPOINTS}/${id}`],
      ['PATCH', `${ENDPOINTS}/${id}`, { active: true }],
      ['DELETE', `${ENDPOINTS}/${id}`],
      ['POST', `${ENDPOINTS}/${id}/rotate-secret`],
      ['GET', `${ENDPOINTS}/${id}/deliveries`],
      ['POST', `${ENDPOINTS}/${id}/deliveries/${eventId}/redeliver`],
    ];
    for (const [method, path, body] of routes) {
      expect((await ann.send(method, path, body)).status).toBe(403);
      expect((await api.as().send(method, path, body)).status).toBe(401);
      if (path !== ENDPOINTS) expect((await shop.admin.send(method, path, body)).status).toBe(404);
    }
  });

  it.each([
    [{}, '/url'],
    [{ url: 'nonsense' }, '/url'],
    [{ url: 'ftp://shop.example/' }, '/url'],
    [{ url: `https://shop.example/${'x'.repeat(2_048)}` }, '/url'],
    [{ url: 'https://shop.example/', eventTypes: ['*'] }, '/eventTypes'],
    [{ url: 'https://shop.example/', eventTypes: ['ordering.order placed'] }, '/eventTypes'],
    [{ url: 'https://shop.example/', eventTypes: 'ordering.*' }, '/eventTypes'],
    [{ url: 'https://shop.example/', secret: 'whsec_mine' }, '/secret'],
  ])('is not registered with %o', async (body, pointer) => {
    const answer = await shop.admin.post(ENDPOINTS, body);
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, pointer]);
  });

  it('is not to be found in our own network, unless the settings say so', async () => {
    const strict = await Api.start(database, { WEBHOOK_TARGETS: undefined });
    const admin = strict.as(shop.admin.token);
    for (const url of [
      sink.url,
      'https://127.0.0.1/',
      'https://[::1]/',
      'https://169.254.169.254/latest',
      'https://localhost/',
    ]) {
      const answer = await admin.post(ENDPOINTS, { url });
      expect([url, answer.status, answer.body.code]).toEqual([url, 422, 'webhook-url-refused']);
    }
    expect(await strict.stop()).toBe(0);
  });
});
