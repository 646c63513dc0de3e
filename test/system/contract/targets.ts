import { newId } from '@holdfast/shared-kernel';
import { type Api, type Caller, type Json, makeCustomers, makeOneTimeToken, makeSession } from '../../support/api';
import type { TestDatabase } from '../../support/database';
import { ADDRESS, items, Shop } from '../../support/shop';
import { nowInSeconds, signatureOf, deliverWebhook } from '../../support/webhooks';
import type { Attack } from './attacks';

/** The customer in the document's examples. */
const ANN = { username: 'ann', email: 'ann@example.com', password: 'correct horse battery' };
const SCOPES = ['stock:write', 'catalogue:write', 'orders:read', 'webhooks:manage', 'fulfilment:write'];

const SHIPPING = { name: 'By mule', price: { amount: '1.00', currency: 'GBP' } };
const COUNTRIES = ['AQ', 'BV', 'HM'];

/** Callers, and resources to call on: a few of each kind, created again after a request has used them up. */
export class Targets {
  private readonly ids = new Map<string, string[]>();
  private ordered?: Promise<Json>;
  private readonly tokens: Record<string, string | undefined> = {};

  private constructor(
    private readonly database: TestDatabase,
    private readonly api: Api,
    private readonly shop: Shop,
    private readonly customer: Caller & { id: string },
  ) {}

  static async open(database: TestDatabase, api: Api): Promise<Targets> {
    const shop = await Shop.open(api, database);
    const targets = new Targets(database, api, shop, await shop.customer());
    await targets.shop.api.as().post('/v1/customers', ANN);
    await targets.renewCallers();
    return targets;
  }

  /** An attack may have disabled, renamed or removed its caller. */
  async renewCallers(): Promise<void> {
    const [admin, key] = await Promise.all([
      this.newcomer('admin'),
      this.shop.admin.send<Json>('POST', '/v1/api-keys', { name: 'A machine', scopes: SCOPES }),
    ]);
    Object.assign(this.tokens, { customer: this.customer.token, admin, apiKey: key.body.key as string });
  }

  /** The attack with ids and credentials filled in. */
  async aim(attack: Attack): Promise<Attack> {
    const body = attack.body && (await this.fill(attack.body));
    const headers = { ...attack.headers };
    if (headers['webhook-signature'] === '{{signature}}')
      headers['webhook-signature'] = signatureOf(body ?? '', undefined, nowInSeconds());
    // With a shipping method in the shop every order would have to name it.
    if (!attack.path.startsWith('/v1/shipping-methods'))
      await this.database.query('DELETE FROM pricing.shipping_methods');
    if (attack.path === '/v1/cart/checkout' && attack.caller === 'customer')
      await this.customer.put(await this.fill('/v1/cart/items/{{products:0}}'), { quantity: 1 });
    // An attack may disable or remove only its own caller.
    const isOwn = /^\/v1\/customers(?!\/me\/(addresses|sessions))/.test(attack.path) && attack.caller === 'customer';
    const token = isOwn ? await this.newcomer('customer') : this.tokens[attack.caller];
    if (token) headers['authorization'] ??= `Bearer ${token}`;
    return { ...attack, headers, body, path: await this.fill(attack.path), query: await this.fill(attack.query) };
  }

  /** Drops the resources that a request has named: it may have changed them. */
  used({ path, body = '' }: Attack): void {
    const named = [...this.ids].filter(([, ids]) => ids.some((id) => path.includes(id)));
    for (const [resource] of named) this.ids.delete(resource);
    if (!this.ids.has('webhook-endpoints')) this.ids.delete('deliveries');
    if (path.startsWith('/v1/customers')) this.ids.delete('sessions');
    if (body.includes('refreshToken')) this.ids.delete('refresh-tokens');
    if (path === '/v1/auth/password-resets/confirm') this.ids.delete('reset-tokens');
    if (path === '/v1/auth/email-verifications') this.ids.delete('verification-tokens');
  }

  /** A new customer with a token, and with Ann's password. */
  private async newcomer(role: string): Promise<string> {
    const [{ id, token }] = await makeCustomers(this.database, 1, role);
    const ann = `(SELECT password_hash FROM identity.customers WHERE username_key = 'ann')`;
    await this.database.query(`UPDATE identity.customers SET password_hash = ${ann} WHERE id = $1`, [id]);
    return token;
  }

  private async fill(text: string): Promise<string> {
    const names = new Set(
      [...text.matchAll(/(?:\{\{|%7B%7B)([\w-]+)(?::|%3A)(\d)(?:\}\}|%7D%7D)/g)].map(([, name]) => name),
    );
    for (const name of names) if (!this.ids.has(name)) this.ids.set(name, await this.make(name));
    return text.replace(/(?:\{\{|%7B%7B)([\w-]+)(?::|%3A)(\d)(?:\}\}|%7D%7D)/g, (_, name: string, index: string) => {
      const ids = this.ids.get(name)!;
      return ids[Number(index) % ids.length];
    });
  }

  private make(resource: string): Promise<string[]> {
    const makers: Record<string, () => Promise<string[]>> = {
      products: () => this.three(async () => (await this.shop.product({ stock: 1_000 })).id as string),
      addresses: () =>
        this.three(
          async () => (await this.customer.send<Json>('POST', '/v1/customers/me/addresses', ADDRESS)).body.id as string,
        ),
      'shipping-methods': () =>
        this.three(
          async () => (await this.created('/v1/shipping-methods', { code: newId(), ...SHIPPING })).code as string,
        ),
      'tax-rates': async () => {
        for (const country of COUNTRIES)
          await this.shop.admin.put(`/v1/tax-rates/${country}`, { rate: '20', inclusive: true });
        return COUNTRIES;
      },
      categories: () =>
        this.three(async () => (await this.created('/v1/categories', { name: `C ${newId()}` })).id as string),
      customers: async () => (await makeCustomers(this.database, 3)).map(({ id }) => id),
      'api-keys': () =>
        this.three(async () => (await this.created('/v1/api-keys', { name: 'Another', scopes: SCOPES })).id as string),
      'webhook-endpoints': () => this.three(() => this.endpoint()),
      goods: async () => [(await this.goods()).id as string],
      orders: async () => [await this.order(), await this.paidOrder(), await this.shippedOrder()],
      fulfilments: () => this.three(() => this.partShippedOrder()),
      returns: () => this.three(() => this.goodsReturn()),
      deliveries: async () => [await this.delivery()],
      refunds: () => this.three(() => this.failedRefund()),
      'refresh-tokens': () =>
        this.three(
          async () =>
            (
              await this.api
                .as()
                .send<Json>('POST', '/v1/auth/token', { username: ANN.username, password: ANN.password })
            ).body.refreshToken as string,
        ),
      'reset-tokens': async () => [await this.oneTimeToken('password-reset')],
      'verification-tokens': async () => [await this.oneTimeToken('email-verification')],
      sessions: () => this.three(() => makeSession(this.database, this.customer.id)),
      outbox: () => this.three(() => this.deadEvent()),
    };
    return makers[resource]();
  }

  private async three(make: () => Promise<string>): Promise<string[]> {
    return [await make(), await make(), await make()];
  }

  private async created(path: string, body: object): Promise<Json> {
    const answer = await this.shop.admin.post(path, body);
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return answer.body;
  }

  private async oneTimeToken(purpose: Parameters<typeof makeOneTimeToken>[2]): Promise<string> {
    return makeOneTimeToken(this.database, (await makeCustomers(this.database, 1))[0].id, purpose);
  }

  private async endpoint(): Promise<string> {
    return (await this.created('/v1/admin/webhook-endpoints', { url: 'http://127.0.0.1:9/hook' })).id as string;
  }

  private async order(): Promise<string> {
    return (await this.customer.post('/v1/orders', items([await this.goods(), 3]))).body.id as string;
  }

  private async paidOrder(): Promise<string> {
    const orderId = await this.order();
    const { status, body } = await deliverWebhook(this.api, { orderId, amount: { amount: '30.00', currency: 'GBP' } });
    if (status !== 200 || body.outcome !== 'applied') throw new Error(JSON.stringify(body));
    return orderId;
  }

  /** The product of every order. */
  private goods(): Promise<Json> {
    return (this.ordered ??= this.shop.product({ stock: 100_000 }));
  }

  private async shippedOrder(): Promise<string> {
    const orderId = await this.paidOrder();
    await this.shop.admin.post(`/v1/orders/${orderId}/fulfil`);
    return orderId;
  }

  private async partShippedOrder(): Promise<string> {
    const orderId = await this.paidOrder();
    const items = [{ productId: (await this.goods()).id, quantity: 1 }];
    await this.created(`/v1/fulfilments/${orderId}/shipments`, { items });
    return orderId;
  }

  private async goodsReturn(): Promise<string> {
    const orderId = await this.shippedOrder();
    const items = [{ productId: (await this.goods()).id, quantity: 1 }];
    return (await this.created(`/v1/orders/${orderId}/returns`, { items, reason: 'too small' })).id as string;
  }

  private async deadEvent(): Promise<string> {
    await this.order();
    const [{ id }] = await this.database.query<{ id: string }>(
      `UPDATE platform.outbox SET status = 'dead', attempts = 6, last_error = 'why'
       WHERE id = (SELECT max(id::text)::uuid FROM platform.outbox WHERE status = 'pending') RETURNING id`,
    );
    return id;
  }

  private async failedRefund(): Promise<string> {
    const id = newId();
    await this.database.query(
      `WITH reserved AS (UPDATE payments.attempts a SET refunded = refunded + 1 FROM payments.payments p
         WHERE a.payment_id = p.id AND p.order_id = $2)
       INSERT INTO payments.refunds (id, payment_id, attempt_id, amount, currency, requested_at, status, failure)
       SELECT $1, p.id, a.id, 1, a.currency, now(), 'failed', 'expired_or_canceled_card'
       FROM payments.payments p JOIN payments.attempts a ON a.payment_id = p.id WHERE p.order_id = $2`,
      [id, await this.paidOrder()],
    );
    return id;
  }

  /** A failed delivery at each endpoint, so that every pair of endpoint and event exists. */
  private async delivery(): Promise<string> {
    const eventId = await this.deadEvent();
    if (!this.ids.has('webhook-endpoints')) this.ids.set('webhook-endpoints', await this.make('webhook-endpoints'));
    await this.database.query(
      `INSERT INTO webhooks.deliveries (endpoint_id, event_id, event_type, aggregate_id, sequence, body, status)
       SELECT endpoint, e.id, e.type, e.aggregate_id, e.sequence, '{}', 'dead'
       FROM platform.outbox e, unnest($2::uuid[]) AS endpoint WHERE e.id = $1`,
      [eventId, this.ids.get('webhook-endpoints')],
    );
    return eventId;
  }
}
