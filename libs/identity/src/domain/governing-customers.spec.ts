import { Customer, type Role, UNUSABLE_HASH } from './customer';
import { CurrentPasswordWrong, LastAdmin, UsernameTaken } from './identity.errors';

const AT = new Date('2026-01-01T00:00:00Z');
const LATER = new Date('2026-01-02T00:00:00Z');
const HASH = '$argon2id$of-a-password';

const a = (role: Role, username: string = role): Customer =>
  Customer.register({ username, email: `${username}@example.com`, passwordHash: HASH, role, at: AT });

describe('registering', () => {
  it('keeps the names as given, and folded', () => {
    const customer = Customer.register({
      username: ' Ann ',
      email: 'Ann@X.com',
      passwordHash: HASH,
      role: 'customer',
      at: AT,
    });
    expect(customer).toMatchObject({ username: 'Ann', usernameKey: 'ann', email: 'Ann@X.com', emailKey: 'ann@x.com' });
    expect(customer).toMatchObject({ active: true, role: 'customer', version: 1, createdAt: AT, updatedAt: AT });
  });

  it('admits no unacceptable name, whoever forgot to check', () => {
    expect(() => a('customer', 'an\u200bn')).toThrow(TypeError);
  });
});

describe('changing the account', () => {
  it('changes only what is given, and records its names without their values', () => {
    const customer = a('customer');
    customer.change({ email: 'New@Example.com' }, HASH, LATER);
    expect(customer).toMatchObject({ username: 'customer', email: 'customer@example.com' });
    expect(customer).toMatchObject({ pendingEmail: 'New@Example.com', emailKey: 'customer@example.com' });
    expect(customer).toMatchObject({ version: 2, updatedAt: LATER });
    const { id: customerId } = customer;
    expect(customer.takeEvents()).toEqual([
      { type: 'identity.account-changed', customerId, version: 2, changed: ['email'] },
    ]);
  });

  it('is one change, whatever it consists of', () => {
    const customer = a('customer');
    customer.change({ username: 'ann', email: 'ann@example.com', passwordHash: '$argon2id$new' }, HASH, LATER);
    expect(customer.takeEvents()).toMatchObject([{ version: 2, changed: ['username', 'email', 'password'] }]);
    expect(customer.isOpenedBy('$argon2id$new')).toBe(true);
  });

  it('is no change when nothing differs', () => {
    const customer = a('customer');
    customer.change({ username: ' customer ' }, HASH, LATER);
    expect([customer.version, customer.takeEvents()]).toEqual([1, []]);
  });

  it.each([{ username: 'ann' }, { email: 'ann@example.com' }, { passwordHash: '$argon2id$newer' }])(
    'to %j is refused when the password has changed since it was checked',
    (change) => {
      const customer = a('customer');
      customer.change({ passwordHash: '$argon2id$new' }, HASH, LATER);
      expect(() => customer.change(change, HASH, LATER)).toThrow(CurrentPasswordWrong);
      expect(customer).toMatchObject({ username: 'customer', version: 2 });
      expect(customer.isOpenedBy('$argon2id$new')).toBe(true);
    },
  );
});

describe('a username that looks like the one of an admin', () => {
  const admins = [{ id: 'of-the-admin', username: 'operator' }];

  it('is refused', () => expect(() => a('customer', 'оperator').ensureUnlike(admins)).toThrow(UsernameTaken));

  it('is the admin’s own', () => {
    const admin = a('admin', 'operator');
    admin.ensureUnlike([admin]);
  });

  it('keeps a customer from becoming an admin', () => {
    const customer = a('customer', 'оperator');
    expect(() => customer.appoint('admin', [a('admin', 'operator')], LATER)).toThrow(UsernameTaken);
    expect(customer.role).toBe('customer');
  });
});

describe('disabling', () => {
  it('lets nobody in until enabled again', () => {
    const customer = a('customer');
    customer.disable([], LATER);
    expect(customer.isOpenedBy(HASH)).toBe(false);
    customer.enable(LATER);
    expect(customer.isOpenedBy(HASH)).toBe(true);
  });

  it('is no change the second time', () => {
    const customer = a('customer');
    customer.disable([], LATER);
    customer.disable([], LATER);
    expect(customer.version).toBe(2);
  });
});

describe('the last active admin', () => {
  const stepDowns: [string, (admin: Customer, admins: Customer[]) => void][] = [
    ['be disabled', (admin, admins) => admin.disable(admins, LATER)],
    ['become a customer', (admin, admins) => admin.appoint('customer', admins, LATER)],
    ['close the account', (admin, admins) => admin.close(admins, LATER)],
  ];

  it.each(stepDowns)('cannot %s', (_name, stepDown) => {
    const admin = a('admin');
    expect(() => stepDown(admin, [admin])).toThrow(LastAdmin);
    expect(admin).toMatchObject({ isActiveAdmin: true, version: 1 });
  });

  it.each(stepDowns)('that leaves another behind can %s', (_name, stepDown) => {
    const [admin, other] = [a('admin'), a('admin', 'other')];
    stepDown(admin, [admin, other]);
    expect(admin.isActiveAdmin).toBe(false);
  });

  it('is still needed when the others are disabled', () => {
    const [admin, other] = [a('admin'), a('admin', 'other')];
    other.disable([admin, other], LATER);
    expect(() => admin.disable([admin, other], LATER)).toThrow(LastAdmin);
  });

  it('does not keep customers from leaving', () => {
    const customer = a('customer');
    customer.close([a('admin')], LATER);
    expect(customer.closedAt).toEqual(LATER);
  });
});

it('closing erases what identifies the customer', () => {
  const customer = a('customer', 'annabelle');
  const { id } = customer;
  customer.close([], LATER);
  expect(JSON.stringify(customer)).not.toContain('annabelle');
  expect(customer).toMatchObject({
    id,
    username: `closed:${id}`,
    email: `closed:${id}`,
    passwordHash: UNUSABLE_HASH,
    active: false,
  });
});
