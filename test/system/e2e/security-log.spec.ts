import { newId } from '@holdfast/shared-kernel';
import { Api, type Json, makeCustomers } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';

const HOME = '203.0.113.7';
const MARK = '203.0.113.250';
const PASSWORD = 'a quiet harbour at noon';
const WRONG = 'a foggy pier at dawn';

describe('SEC-22 the security log', () => {
  let database: TestDatabase;
  let api: Api;
  let admin: { id: string; token: string };
  let machine: { id: string; key: string };

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await Api.start(database, { TRUST_PROXY_HOPS: '1' });
    [admin] = await makeCustomers(database, 1, 'admin');
    machine = (await send('POST', '/v1/api-keys', { name: 'M', scopes: ['orders:read'] }, admin.token)).body as never;
  });
  afterAll(async () => {
    await api.stop();
    await database.drop();
  });

  const send = (method: string, path: string, body?: object, token?: string, address = HOME) =>
    api.as(token).send<Json>(method, path, body, { 'x-forwarded-for': address });
  const logIn = (username: string, password: string) => send('POST', '/v1/auth/token', { username, password });
  const refresh = (refreshToken: string) => send('POST', '/v1/auth/refresh', { refreshToken });

  const aCustomer = async () => {
    const name = `u${newId().slice(-10)}`;
    const email = `${name}@harbour.example`;
    const { id } = (await send('POST', '/v1/customers', { username: name, email, password: PASSWORD })).body as {
      id: string;
    };
    const { accessToken, refreshToken } = (await logIn(name, PASSWORD)).body as Record<string, string>;
    const asThem = (method: string, path: string, body?: object) => send(method, path, body, accessToken);
    const change = (body: object) => asThem('PATCH', '/v1/customers/me', { currentPassword: PASSWORD, ...body });
    const govern = (body: object) => send('PATCH', `/v1/customers/${id}`, body, admin.token);
    return { id, name, email, accessToken, refreshToken, asThem, change, govern };
  };
  type Customer = Awaited<ReturnType<typeof aCustomer>>;

  /** The process writes its lines in order, so all that came before are there with the mark's own. */
  const linesSoFar = async (): Promise<number> => {
    const isMark = (line: Record<string, unknown>) => line['security'] && line['address'] === MARK;
    const before = api.lines.filter(isMark).length;
    await send('GET', '/v1/customers/me', undefined, undefined, MARK);
    await eventually(() => Promise.resolve(expect(api.lines.filter(isMark)).toHaveLength(before + 1)));
    return api.lines.findLastIndex(isMark);
  };

  const times = async (count: number, act: () => Promise<unknown>) => {
    for (let time = 0; time < count; time++) await act();
  };

  type Facts = Record<string, unknown>;
  /** `me` and `them` stand for the customer as the one who acts, and as the one who is acted on by an admin. */
  it.each<[string, (customer: Customer) => Promise<unknown>, (ids: { me: Facts; them: Facts }) => [string, Facts][]]>([
    ['a log-in by name', ({ name }) => logIn(name, PASSWORD), ({ me }) => [['log-in', me]]],
    ['a log-in by e-mail address', ({ email }) => logIn(email, PASSWORD), ({ me }) => [['log-in', me]]],
    ['a wrong password', ({ email }) => logIn(email, WRONG), ({ me }) => [['log-in-failed', me]]],
    ['an unknown name', () => logIn('nobody-of-that-name', WRONG), () => [['log-in-failed', {}]]],
    [
      'a log-in of a disabled customer',
      async ({ name, govern }) => (await govern({ active: false })) && logIn(name, PASSWORD),
      ({ me, them }) => [
        ['customer-disabled', them],
        ['log-in-failed', me],
      ],
    ],
    [
      'too many wrong passwords',
      ({ name }) => times(6, () => logIn(name, WRONG)),
      ({ me }) => [...Array<[string, Facts]>(5).fill(['log-in-failed', me]), ['log-in-throttled', me]],
    ],
    ['a refresh', ({ refreshToken }) => refresh(refreshToken), () => []],
    [
      'a refresh token that is used again after its successor, and once more',
      async ({ refreshToken }) => {
        const { body } = await refresh(refreshToken);
        await refresh((body as { refreshToken: string }).refreshToken);
        await times(2, () => refresh(refreshToken));
      },
      ({ me }) => [
        ['refresh-reused', me],
        ['refresh-refused', me],
      ],
    ],
    ['a refresh that is repeated', ({ refreshToken }) => times(3, () => refresh(refreshToken)), () => []],
    [
      'the end of one session that is there, of one that is not, and of all others',
      async ({ asThem }) => {
        const { body } = await asThem('GET', '/v1/customers/me/sessions');
        await asThem('DELETE', '/v1/customers/me/sessions');
        await asThem('DELETE', `/v1/customers/me/sessions/${newId()}`);
        await asThem('DELETE', `/v1/customers/me/sessions/${(body as { id: string }[])[0].id}`);
      },
      ({ me, them: { subject } }) => [
        ['sessions-ended', { ...me, subject }],
        ['session-ended', me],
      ],
    ],
    [
      'the end of all sessions by an admin',
      ({ id }) => send('DELETE', `/v1/customers/${id}/sessions`, undefined, admin.token),
      ({ them }) => [['sessions-ended', them]],
    ],
    ['a refresh token that is none', () => refresh('no token'), () => [['refresh-refused', {}]]],
    [
      'a log-out, repeated',
      ({ refreshToken }) => times(2, () => send('POST', '/v1/auth/revoke', { refreshToken })),
      ({ me }) => [['log-out', me]],
    ],
    [
      'a request without a token',
      () => send('GET', '/v1/customers/me'),
      () => [['access-refused', { code: 'unauthorized' }]],
    ],
    [
      'a request with a forged token',
      ({ accessToken }) => send('GET', '/v1/customers/me', undefined, accessToken.slice(0, -4)),
      () => [['access-refused', { code: 'unauthorized' }]],
    ],
    [
      'a customer on a route for admins',
      ({ asThem }) => asThem('GET', '/v1/customers'),
      ({ me }) => [['access-refused', { ...me, code: 'forbidden' }]],
    ],
    ['a request of a customer', ({ asThem }) => asThem('GET', '/v1/customers/me'), () => []],
    [
      'a change with a wrong password',
      ({ change }) => change({ username: `u${newId().slice(-9)}`, currentPassword: WRONG }),
      ({ me }) => [['password-wrong', me]],
    ],
    [
      'changes with too many wrong passwords',
      ({ change }) => times(6, () => change({ password: 'another quiet harbour', currentPassword: WRONG })),
      ({ me }) => [...Array<[string, Facts]>(5).fill(['password-wrong', me]), ['log-in-throttled', me]],
    ],
    [
      'a new name',
      ({ change }) => change({ username: `u${newId().slice(-9)}` }),
      ({ me }) => [['account-changed', { ...me, changed: ['username'] }]],
    ],
    [
      'a new e-mail address',
      ({ change }) => change({ email: `${newId()}@harbour.example` }),
      ({ me }) => [['account-changed', { ...me, changed: ['email'] }]],
    ],
    [
      'a new password',
      ({ change }) => change({ password: 'another quiet harbour' }),
      ({ me }) => [['account-changed', { ...me, changed: ['password'] }]],
    ],
    ['a change that changes nothing', ({ change, email }) => change({ email }), () => []],
    [
      'the end of an account, at the second try',
      async ({ asThem }) => {
        await asThem('DELETE', '/v1/customers/me', { password: WRONG });
        await asThem('DELETE', '/v1/customers/me', { password: PASSWORD });
      },
      ({ me, them: { subject } }) => [
        ['password-wrong', me],
        ['account-closed', { ...me, subject }],
      ],
    ],
    [
      'the end of an account by an admin',
      ({ id }) => send('DELETE', `/v1/customers/${id}`, undefined, admin.token),
      ({ them }) => [['account-closed', them]],
    ],
    [
      'a new role, given twice, and taken',
      async ({ govern }) => {
        await times(2, () => govern({ role: 'admin' }));
        await govern({ role: 'customer' });
      },
      ({ them }) => [
        ['role-changed', { ...them, role: 'admin' }],
        ['role-changed', { ...them, role: 'customer' }],
      ],
    ],
    [
      'a customer who is disabled, and enabled',
      async ({ govern }) => {
        await govern({ active: false });
        await govern({ active: true });
      },
      ({ them }) => [
        ['customer-disabled', them],
        ['customer-enabled', them],
      ],
    ],
    [
      'an API key, on a route that it opens and on one that it does not',
      async () => {
        await send('GET', '/v1/orders', undefined, machine.key);
        await send('GET', '/v1/customers', undefined, machine.key);
      },
      () => [
        ['api-key-used', { actor: machine.id }],
        ['api-key-used', { actor: machine.id }],
        ['access-refused', { actor: machine.id, code: 'insufficient-scope' }],
      ],
    ],
    [
      'an API key with a wrong secret',
      () => send('GET', '/v1/orders', undefined, machine.key.slice(0, -1) + (machine.key.endsWith('A') ? 'B' : 'A')),
      () => [['access-refused', { code: 'unauthorized' }]],
    ],
  ])('has a line for %s, with ids and the address, and without a name or a secret', async (_name, act, expected) => {
    const customer = await aCustomer();
    const from = await linesSoFar();
    await act(customer);
    const lines = api.lines.slice(from + 1, await linesSoFar());
    const facts = lines.flatMap(({ security, address, actor, subject, code, role, changed }) =>
      security ? [[security, JSON.parse(JSON.stringify({ address, actor, subject, code, role, changed }))]] : [],
    );
    const ids = { me: { actor: customer.id }, them: { actor: admin.id, subject: customer.id } };
    expect(facts).toEqual(expected(ids).map(([security, rest]) => [security, { address: HOME, ...rest }]));
    const { name, accessToken, refreshToken } = customer;
    const secrets = [
      name,
      'nobody-of-that-name',
      'harbour',
      'foggy',
      accessToken,
      refreshToken,
      machine.key.slice(-43),
    ];
    const text = lines.map((line) => JSON.stringify(line)).join('\n');
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    expect(text).not.toContain('@');
  });
});
