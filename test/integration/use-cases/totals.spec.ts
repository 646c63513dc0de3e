import { Test, type TestingModule } from '@nestjs/testing';
import { AddressBooks } from '@holdfast/address-book';
import { CatalogModule, CatalogueService } from '@holdfast/catalog';
import { AccountsService, IdentityModule } from '@holdfast/identity';
import {
  OrderCancellation,
  OrderingApiModule,
  OrderPlacement,
  OrderQueries,
  type PlaceOrder,
} from '@holdfast/ordering';
import { loadSettings, OutboxRelay, OutboxRelayModule, PlatformModule } from '@holdfast/platform';
import { Pricing, PricingModule } from '@holdfast/pricing';
import { newId } from '@holdfast/shared-kernel';
import { databaseOptions } from '../../../ormconfig';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { expectInvariants } from '../../support/invariants';
import { queriesOf } from '../../support/queries';
import { ADDRESS } from '../../support/shop';

const money = (amount: string, currency = 'GBP') => ({ amount, currency });

describe('shipping, tax and the address of an order', () => {
  let database: TestDatabase;
  let module: TestingModule;
  let placement: OrderPlacement;
  let orders: OrderQueries;
  let pricing: Pricing;
  let productId: string;
  let count = 0;
  const admin = { id: newId(), role: 'admin' as const, address: '192.0.2.1' };

  beforeAll(async () => {
    database = await createTestDatabase();
    const settings = loadSettings(testEnvironment(database.url));
    module = await Test.createTestingModule({
      imports: [
        PlatformModule.forRoot(settings, databaseOptions(settings)),
        ...[IdentityModule, CatalogModule, PricingModule, OrderingApiModule, OutboxRelayModule],
      ],
    }).compile();
    [placement, orders, pricing] = [module.get(OrderPlacement), module.get(OrderQueries), module.get(Pricing)];
    const product = { sku: newId(), name: 'Thing', price: money('10.00'), stock: 1_000 };
    productId = (await module.get(CatalogueService).create(product, admin.id)).id;
  });
  afterAll(async () => {
    await expectInvariants(database);
    await module.close();
    await database.drop();
  });
  afterEach(async () => {
    for (const { code } of await pricing.methods()) await pricing.removeMethod(code);
    for (const country of ['GB', 'US']) await pricing.removeTaxRate(country).catch(() => undefined);
  });

  const aCustomer = async () => {
    const username = `customer-${++count}`;
    const details = { username, email: `${username}@example.com`, password: 'correct horse battery' };
    return module.get(AccountsService).register(details);
  };
  const place = async (command: Partial<PlaceOrder> = {}, quantity = 2) =>
    placement.place({ items: [{ productId, quantity }], ...command }, (await aCustomer()).id);
  const standard = (more: object = {}) =>
    pricing.addMethod({ code: 'standard', name: 'Standard', price: money('4.99'), ...more });

  it('are zero without methods and rates, and cost no statement', async () => {
    const customer = await aCustomer();
    const command = { items: [{ productId, quantity: 2 }], shipTo: ADDRESS };
    await placement.place(command, customer.id);
    const statements = await queriesOf(async () => void (await placement.place(command, customer.id)));
    expect(statements.filter((sql) => sql.includes('pricing') || sql.includes('address_book'))).toEqual([]);
    expect(await place({ shipTo: ADDRESS })).toMatchObject({
      ...{ subtotal: money('20.00'), shipping: money('0.00'), shippingMethod: null, total: money('20.00') },
      ...{ tax: { amount: money('0.00'), inclusive: false }, shipTo: ADDRESS },
    });
    expect(await place()).toMatchObject({ shipTo: null, total: money('20.00') });
  });

  it('are charged from the moment there are methods and rates, and read back as they were written', async () => {
    await place();
    await standard({ freeFrom: money('30.00'), countries: ['GB', 'US'] });
    await pricing.setTaxRate('GB', { rate: '20', inclusive: true });
    await pricing.setTaxRate('US', { rate: '8.875', inclusive: false });
    const british = await place({ shipTo: ADDRESS, shippingMethod: 'standard' });
    expect(british).toMatchObject({
      ...{ subtotal: money('20.00'), shipping: money('4.99'), shippingMethod: 'standard', total: money('24.99') },
      tax: { amount: money('4.16'), inclusive: true },
    });
    const american = { shipTo: { ...ADDRESS, country: 'US' }, shippingMethod: 'standard' };
    const taxed = await place(american);
    expect(taxed).toMatchObject({ tax: { amount: money('2.22'), inclusive: false }, total: money('27.21') });
    for (const order of [british, taxed]) expect(await orders.one(order.id, admin)).toEqual(order);
    expect(await place(american, 3)).toMatchObject({ shipping: money('0.00'), total: money('32.66') });
  });

  it('cost at most two statements more', async () => {
    await standard();
    await pricing.setTaxRate('GB', { rate: '20', inclusive: true });
    const customer = await aCustomer();
    const { id: addressId } = await module.get(AddressBooks).add(customer.id, ADDRESS);
    const command = { items: [{ productId, quantity: 1 }], addressId, shippingMethod: 'standard' };
    const reads = jest.spyOn(module.get(Pricing)['reads'], 'query');
    await placement.place(command, customer.id);
    // Besides, the length of the queue is looked at every second, whether or not anybody orders.
    expect(reads.mock.calls.filter(([statement]) => !statement.includes('platform.outbox'))).toHaveLength(2);
    reads.mockRestore();
  });

  it.each<[string, Partial<PlaceOrder>, object]>([
    ['without an address', { shippingMethod: 'standard' }, { code: 'address-required' }],
    ['without a method', { shipTo: ADDRESS }, { code: 'shipping-method-required' }],
    ['by an unknown method', { shipTo: ADDRESS, shippingMethod: 'mule' }, { code: 'shipping-method-unavailable' }],
    [
      'to a country that the method does not ship to',
      { shipTo: { ...ADDRESS, country: 'FR' }, shippingMethod: 'standard' },
      { code: 'shipping-method-unavailable', kind: 'invalid' },
    ],
    ['in another currency', { shipTo: ADDRESS, shippingMethod: 'euros' }, { code: 'currencies-mixed' }],
    ['to an unknown address', { addressId: newId(), shippingMethod: 'standard' }, { code: 'address-unknown' }],
    [
      'for the total without shipping',
      { shipTo: ADDRESS, shippingMethod: 'standard', expectedTotal: money('20.00') },
      { code: 'price-changed', details: { expectedTotal: money('20.00'), total: money('24.99') } },
    ],
  ])('are refused %s', async (_what, command, refusal) => {
    await standard({ countries: ['GB'] });
    await pricing.addMethod({ code: 'euros', name: 'Euros', price: money('5.00', 'EUR') });
    await expect(place(command)).rejects.toMatchObject({ kind: expect.any(String) as string, ...refusal });
    expect(await place({ shipTo: ADDRESS, shippingMethod: 'standard', expectedTotal: money('24.99') })).toBeDefined();
  });

  it('keep a copy of the address, which does not change with the book', async () => {
    const [customer, books] = [await aCustomer(), module.get(AddressBooks)];
    const { id: addressId } = await books.add(customer.id, ADDRESS);
    const command = { items: [{ productId, quantity: 1 }], addressId };
    const order = await placement.place(command, customer.id);
    await books.replace(customer.id, addressId, { ...ADDRESS, city: 'York' });
    await books.remove(customer.id, addressId);
    expect((await orders.one(order.id, admin)).shipTo).toEqual(ADDRESS);
    await expect(placement.place(command, (await aCustomer()).id)).rejects.toMatchObject({ code: 'address-unknown' });
  });

  it('are erased with the account everywhere, which waits while something is to be shipped', async () => {
    const [ann, bob] = [await aCustomer(), await aCustomer()];
    const command = { items: [{ productId, quantity: 1 }], shipTo: ADDRESS };
    const ofAnn = [await placement.place(command, ann.id), await placement.place(command, ann.id)];
    const ofBob = await placement.place(command, bob.id);
    await module.get(OrderCancellation).cancel(ofAnn[0].id, { ...ann, role: 'customer' });
    const answer = JSON.stringify(await orders.one(ofAnn[0].id, admin));
    for (const owner of [ann.id, admin.id])
      await database.query(
        `INSERT INTO platform.idempotency_keys (customer_id, operation, key, fingerprint, response, expires_at)
         VALUES ($1, 'orders.refund', 'k', repeat('0', 64), $2, now() + interval '1 day')`,
        [owner, answer],
      );
    const close = () => module.get(AccountsService).close(ann.id, admin);
    const toStatus = (status: string) =>
      database.query(`UPDATE ordering.orders SET status = $2 WHERE id = $1`, [ofAnn[1].id, status]);
    await toStatus('paid');
    await expect(close()).rejects.toMatchObject({ code: 'account-has-open-orders', kind: 'conflict' });
    await toStatus('reserved');
    await close();
    await module.get(OutboxRelay).deliverAtOnce(ann.id);
    for (const { id } of ofAnn) expect(await orders.one(id, admin)).toMatchObject({ shipTo: null, status: 'canceled' });
    expect((await orders.one(ofBob.id, admin)).shipTo).toEqual(ADDRESS);
    const everywhere = `SELECT (SELECT count(*) FROM ordering.orders WHERE ship_to IS NOT NULL AND customer_id = $1)::int
      + (SELECT count(*) FROM platform.idempotency_keys WHERE response::text LIKE '%Mill Lane%')::int
      + (SELECT count(*) FROM platform.outbox WHERE payload::text LIKE '%Mill Lane%')::int
      + (SELECT count(*) FROM platform.audit_log a WHERE a::text LIKE '%Mill Lane%')::int AS copies`;
    expect(await database.query(everywhere, [ann.id])).toEqual([{ copies: 0 }]);
    expect(await database.query(`SELECT FROM platform.idempotency_keys WHERE key = 'k'`)).toHaveLength(1);
  });
});
