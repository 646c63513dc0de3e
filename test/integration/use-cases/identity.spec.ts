import { createPublicKey } from 'node:crypto';
import { Test, type TestingModule } from '@nestjs/testing';
import { AccountsService, Contacts, IdentityModule, IdentitySweep } from '@holdfast/identity';
import { loadSettings, PlatformModule } from '@holdfast/platform';
import { Clock, newId } from '@holdfast/shared-kernel';
import { calculateJwkThumbprint, jwtVerify } from 'jose';
import { Client } from 'pg';
import { databaseOptions } from '../../../ormconfig';
import type { ChangeAccount, GovernCustomer } from '../../../libs/identity/src/application/accounts.service';
import { CustomerQueries } from '../../../libs/identity/src/application/customer.queries';
import { LoginThrottle } from '../../../libs/identity/src/application/passwords';
import { SessionsService } from '../../../libs/identity/src/application/sessions.service';
import type { TokenPair } from '../../../libs/identity/src/application/tokens';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { untilBlocked } from '../../support/eventually';
import { JWT_PRIVATE_KEY, testEnvironment } from '../../support/environment';

const PASSWORD = 'correct horse battery';
const DAY = 86_400_000;

class TestClock extends Clock {
  ahead = 0;

  now(): Date {
    return new Date(Date.now() + this.ahead);
  }
}

describe('identity', () => {
  const clock = new TestClock();
  let database: TestDatabase;
  let module: TestingModule;
  let accounts: AccountsService;
  let sessions: SessionsService;
  let customers: CustomerQueries;
  let count = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    const settings = loadSettings(testEnvironment(database.url));
    module = await Test.createTestingModule({
      imports: [PlatformModule.forRoot(settings, databaseOptions(settings)), IdentityModule],
    })
      .overrideProvider(Clock)
      .useValue(clock)
      .compile();
    accounts = module.get(AccountsService);
    sessions = module.get(SessionsService);
    customers = module.get(CustomerQueries);
  });
  beforeEach(() => {
    clock.ahead = 0;
  });
  afterAll(async () => {
    await module.close();
    await database.drop();
  });

  /** As a second process has it: another pool of connections, and nothing in memory. */
  const anotherProcess = () => {
    const settings = loadSettings(testEnvironment(database.url));
    return Test.createTestingModule({
      imports: [PlatformModule.forRoot(settings, databaseOptions(settings)), IdentityModule],
    }).compile();
  };
  const details = (username = `customer-${++count}`) => ({
    username,
    email: `${username}@example.com`,
    password: PASSWORD,
  });
  const aCustomer = () => accounts.register(details());
  const logIn = ({ username }: { username: string }, password = PASSWORD) =>
    sessions.logIn({ username, password }, '192.0.2.1');
  const sessionIdOf = ({ refreshToken }: TokenPair) =>
    (JSON.parse(Buffer.from(refreshToken.split('.')[1], 'base64url').toString()) as { sid: string }).sid;
  const refresh = (refreshToken: string) => sessions.refresh(refreshToken, '192.0.2.1');
  const change = (customer: { id: string; sessionId?: string }, command: ChangeAccount) =>
    accounts.change({ id: customer.id, sessionId: customer.sessionId, address: '192.0.2.1' }, command);
  const admin = { id: newId(), address: '192.0.2.2' };
  const govern = (id: string, command: GovernCustomer) => accounts.govern(id, command, admin);
  const close = (id: string) => accounts.close(id, admin);
  const isOver = (pair: TokenPair) =>
    refresh(pair.refreshToken).then(
      () => false,
      (error: { kind: string }) => error.kind === 'unauthenticated',
    );
  const openSessionsOf = async ({ id }: { id: string }) =>
    (await database.query('SELECT FROM identity.sessions WHERE customer_id = $1 AND ended_at IS NULL', [id])).length;
  const customerCount = async () =>
    (await database.query('SELECT count(*)::int AS n FROM identity.customers'))[0].n as number;

  /** Lets all the calls come up to the locked customers, so that every one of them has read what it reads unlocked. */
  async function race<T>(
    customerIds: string[],
    calls: (() => Promise<T>)[],
    meanwhile?: string,
  ): Promise<PromiseSettledResult<T>[]> {
    const gate = new Client(database.url);
    await gate.connect();
    await gate.query('BEGIN');
    await gate.query('SELECT 1 FROM identity.customers WHERE id = ANY($1) ORDER BY id FOR UPDATE', [customerIds]);
    const results = Promise.allSettled(calls.map((call) => call()));
    await untilBlocked(database, calls.length);
    if (meanwhile) await gate.query(meanwhile, [customerIds]);
    await gate.query('COMMIT');
    await gate.end();
    return results;
  }

  const reasons = (results: PromiseSettledResult<unknown>[]) =>
    results.flatMap((result) => (result.status === 'rejected' ? [(result.reason as { code: string }).code] : []));

  describe('registering', () => {
    it('makes an active customer, and keeps nothing of the password but its Argon2id hash', async () => {
      const customer = await accounts.register({ ...details('Ann'), email: 'Ann@X.com' });
      expect(customer).toEqual(await customers.get(customer.id));
      expect(customer).toMatchObject({ username: 'Ann', email: 'Ann@X.com', role: 'customer', active: true });
      const [row] = await database.query(
        'SELECT to_jsonb(c)::text AS text, password_hash FROM identity.customers c WHERE id = $1',
        [customer.id],
      );
      expect(row.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      expect(row.text).not.toContain(PASSWORD);
      expect(JSON.stringify(customer)).not.toMatch(/argon2|password/i);
    });

    it.each([
      ['username-taken', { username: ' aNN ' }],
      ['username-taken', { username: 'ＡＮＮ' }],
      ['email-taken', { email: 'ann@x.COM' }],
    ])('is refused as %s for %j', async (code, taken) => {
      const before = await customerCount();
      await expect(accounts.register({ ...details(), ...taken })).rejects.toMatchObject({ code });
      expect(await customerCount()).toBe(before);
    });

    it('names every broken rule with a pointer', async () => {
      const refusal = accounts.register({ username: 'a@b', email: 'nowhere', password: '12345678' });
      await expect(refusal).rejects.toMatchObject({ kind: 'malformed', code: 'validation-failed' });
      const { details } = (await refusal.catch((error: unknown) => error)) as {
        details: { errors: { pointer: string }[] };
      };
      expect(details.errors.map(({ pointer }) => pointer)).toEqual(['/username', '/email', '/password']);
    });

    it('of one name, twenty times at once, makes one customer', async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, i) => accounts.register({ ...details(), username: i % 2 ? 'Twin' : 'twin' })),
      );
      expect(reasons(results)).toEqual(Array(19).fill('username-taken'));
    });

    it('cannot be got around in the database: not by another case, not with a clear password', async () => {
      const insert = (username: string, hash: string) =>
        database.query(
          `INSERT INTO identity.customers VALUES (gen_random_uuid(), $1, gen_random_uuid(), gen_random_uuid()::text, gen_random_uuid(), $2, 'admin', true, 1, now(), now())`,
          [username, hash],
        );
      await expect(insert('ANN', '$argon2id$')).rejects.toMatchObject({ constraint: 'customers_username_lower' });
      await expect(insert('ann2', PASSWORD)).rejects.toMatchObject({ constraint: 'customers_password_hashed' });
    });
  });

  describe('logging in', () => {
    it('works by username and by e-mail address in any casing', async () => {
      const customer = await aCustomer();
      for (const username of [customer.username, customer.username.toUpperCase(), ` ${customer.email.toUpperCase()} `])
        expect(await logIn({ username })).toMatchObject({ tokenType: 'Bearer', expiresIn: 1200 });
    });

    it('gives an access token and a refresh token that cannot stand in for each other', async () => {
      const customer = await aCustomer();
      const { accessToken, refreshToken } = await logIn(customer);
      const key = createPublicKey(JWT_PRIVATE_KEY);
      const kid = await calculateJwkThumbprint(key.export({ format: 'jwk' }));

      const access = await jwtVerify(accessToken, key, { issuer: 'holdfast', audience: 'holdfast-api', typ: 'at+jwt' });
      expect(access.protectedHeader).toEqual({ alg: 'ES256', typ: 'at+jwt', kid });
      expect(access.payload).toMatchObject({ sub: customer.id, role: 'customer', jti: expect.any(String) as string });
      expect(access.payload.exp! - access.payload.iat!).toBe(1200);

      const refreshed = await jwtVerify(refreshToken, key, {
        issuer: 'holdfast',
        audience: 'holdfast-refresh',
        typ: 'rt+jwt',
      });
      expect(refreshed.protectedHeader).toEqual({ alg: 'ES256', typ: 'rt+jwt', kid });
      expect(refreshed.payload.exp! - refreshed.payload.iat!).toBe(2_592_000);

      await expect(refresh(accessToken)).rejects.toMatchObject({ kind: 'unauthenticated' });
    });

    it('is refused alike for a wrong password, an unknown name, and a disabled or closed customer', async () => {
      const [customer, disabled, closed] = [await aCustomer(), await aCustomer(), await aCustomer()];
      await govern(disabled.id, { active: false });
      await close(closed.id);
      const attempts = [
        () => logIn(customer, 'wrong horse battery'),
        () => logIn({ username: 'nobody' }),
        () => logIn(disabled),
        () => logIn(closed),
        () => logIn({ username: `closed:${closed.id}` }),
      ];
      for (const attempt of attempts)
        await expect(attempt()).rejects.toMatchObject({
          kind: 'unauthenticated',
          code: 'invalid-credentials',
        });
    });

    it('waits after five failures, whichever name they were for', async () => {
      const customer = await aCustomer();
      const guess = (username: string) => sessions.logIn({ username, password: 'wrong' }, '192.0.2.77');
      const names = [
        customer.username,
        customer.email,
        ` ${customer.username.toUpperCase()}`,
        customer.email,
        customer.username,
      ];
      for (const name of names) await expect(guess(name)).rejects.toMatchObject({ code: 'invalid-credentials' });
      for (const name of [customer.email, customer.username])
        await expect(guess(name)).rejects.toMatchObject({
          ...{ code: 'login-throttled', kind: 'throttled' },
          details: { retryAfter: expect.any(Number) as number },
        });
    });

    it('is refused when the customer is disabled while the password is checked', async () => {
      const customer = await aCustomer();
      const disable = 'UPDATE identity.customers SET active = false WHERE id = ANY($1)';
      const [attempt] = await race([customer.id], [() => logIn(customer)], disable);
      expect(reasons([attempt])).toEqual(['invalid-credentials']);
    });
  });

  describe('a refresh token', () => {
    it('gives the same successor again, with an access token that works', async () => {
      const customer = await aCustomer();
      const first = await logIn(customer);
      const second = await refresh(first.refreshToken);
      expect(sessionIdOf(second)).toBe(sessionIdOf(first));
      clock.ahead = 59_000;
      const again = await refresh(first.refreshToken);
      expect(again.refreshToken).toBe(second.refreshToken);
      expect(again.accessToken).not.toBe(second.accessToken);
      const key = createPublicKey(JWT_PRIVATE_KEY);
      const { payload } = await jwtVerify(again.accessToken, key, { audience: 'holdfast-api' });
      expect(payload).toMatchObject({ sub: customer.id, sid: sessionIdOf(first) });
      expect(await isOver(second)).toBe(false);
    });

    it.each<[what: string, use: (pair: TokenPair) => Promise<unknown>]>([
      ['the successor was used', ({ refreshToken }) => refresh(refreshToken)],
      ['REFRESH_GRACE has passed', () => Promise.resolve((clock.ahead = 60_500))],
    ])('ends its session when %s, and that stands although the answer was an error', async (_what, use) => {
      const first = await logIn(await aCustomer());
      const second = await refresh(first.refreshToken);
      const last = ((await use(second)) as Partial<TokenPair>).refreshToken ?? second.refreshToken;
      await expect(refresh(first.refreshToken)).rejects.toMatchObject({
        kind: 'unauthenticated',
        code: 'unauthorized',
      });
      await expect(refresh(last)).rejects.toMatchObject({ code: 'unauthorized' });
    });

    it('is not answered again once its session has ended', async () => {
      const customer = await aCustomer();
      const first = await logIn(customer);
      const second = await refresh(first.refreshToken);
      await sessions.revoke(second.refreshToken, '192.0.2.1');
      await expect(refresh(first.refreshToken)).rejects.toMatchObject({ code: 'unauthorized' });
      const sealed = await database.query('SELECT sealed_successor FROM identity.sessions WHERE customer_id = $1', [
        customer.id,
      ]);
      expect(sealed).toEqual([{ sealed_successor: null }]);
    });

    it('used by ten at once, in two processes, gives all of them one successor', async () => {
      const other = await anotherProcess();
      try {
        const customer = await aCustomer();
        const { refreshToken } = await logIn(customer);
        const processes = [sessions, other.get(SessionsService)];
        const calls = Array.from({ length: 10 }, (_, i) => () => processes[i % 2].refresh(refreshToken, '192.0.2.1'));
        const results = await race([customer.id], calls);
        expect(reasons(results)).toEqual([]);
        const pairs = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
        const successors = new Set(pairs.map((pair) => pair.refreshToken));
        expect([pairs.length, successors.size]).toEqual([10, 1]);
        expect(await openSessionsOf(customer)).toBe(1);
        expect(await isOver(pairs[0])).toBe(false);
      } finally {
        await other.close();
      }
    });

    it('and its successor used at once, by five each, leave one session or none, and never two successors', async () => {
      const customer = await aCustomer();
      const first = await logIn(customer);
      const second = await refresh(first.refreshToken);
      const calls = Array.from({ length: 10 }, (_, i) => () => refresh([first, second][i % 2].refreshToken));
      const results = await race([customer.id], calls);
      const given = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.refreshToken] : []));
      const thirds = new Set(given.filter((token) => token !== second.refreshToken));
      expect(thirds.size).toBeLessThanOrEqual(1);
      expect(await openSessionsOf(customer)).toBeLessThanOrEqual(1);
    });

    it('stands in no table, and neither does its successor', async () => {
      const customer = await aCustomer();
      const first = await logIn(customer);
      const second = await refresh(first.refreshToken);
      const [{ text }] = await database.query(
        'SELECT to_jsonb(s)::text AS text FROM identity.sessions s WHERE customer_id = $1',
        [customer.id],
      );
      const signatures = [first, second].map(({ refreshToken }) => refreshToken.split('.')[2]);
      expect(text).not.toMatch(/eyJ/);
      for (const signature of signatures) expect(text).not.toContain(signature.slice(0, 20));
    });

    it('ends one session only', async () => {
      const customer = await aCustomer();
      const [here, there] = [await logIn(customer), await logIn(customer)];
      await refresh((await refresh(here.refreshToken)).refreshToken);
      expect(await isOver(here)).toBe(true);
      expect(await isOver(there)).toBe(false);
    });

    it('expires after 30 days, anew from each refresh', async () => {
      const first = await logIn(await aCustomer());
      clock.ahead = 29 * DAY;
      const second = await refresh(first.refreshToken);
      clock.ahead = 58 * DAY;
      const third = await refresh(second.refreshToken);
      clock.ahead = 88 * DAY + 1_000;
      expect(await isOver(third)).toBe(true);
    });

    it('ends SESSION_MAX after the log-in, however often it was refreshed', async () => {
      let pair = await logIn(await aCustomer());
      for (const day of [20, 40, 60, 80]) {
        clock.ahead = day * DAY;
        pair = await refresh(pair.refreshToken);
      }
      const claims = JSON.parse(Buffer.from(pair.refreshToken.split('.')[1], 'base64url').toString()) as {
        exp: number;
      };
      const left = claims.exp - clock.now().getTime() / 1_000;
      expect([left > 9.9 * 86_400, left <= 10 * 86_400]).toEqual([true, true]);
      clock.ahead = 90 * DAY + 1_000;
      expect(await isOver(pair)).toBe(true);
    });

    it('is of no use once revoked; to revoke any other text is no error', async () => {
      const pair = await logIn(await aCustomer());
      await sessions.revoke(pair.refreshToken, '192.0.2.1');
      expect(await isOver(pair)).toBe(true);
      await sessions.revoke(pair.refreshToken, '192.0.2.1');
      await sessions.revoke('no token', '192.0.2.1');
    });

    it('of which a single character was changed is refused, and its session goes on', async () => {
      const pair = await logIn(await aCustomer());
      const [header, payload, signature] = pair.refreshToken.split('.');
      const other = signature.startsWith('A') ? 'B' : 'A';
      const forged = [header, payload, other + signature.slice(1)].join('.');
      await expect(refresh(forged)).rejects.toMatchObject({ kind: 'unauthenticated' });
      expect(await isOver(pair)).toBe(false);
    });
  });

  describe('one’s own account', () => {
    it('gets another name, which must be free', async () => {
      const [customer, other] = [await aCustomer(), await aCustomer()];
      const renamed = await change(customer, { username: 'Renamed', currentPassword: PASSWORD });
      expect(renamed).toMatchObject({ id: customer.id, username: 'Renamed', email: customer.email });
      const taken = change(customer, { email: other.email.toUpperCase(), currentPassword: PASSWORD });
      await expect(taken).rejects.toMatchObject({ code: 'email-taken' });
      expect(await customers.get(customer.id)).toEqual(renamed);
    });

    it('gets another password for the current one; every other session ends', async () => {
      const customer = await aCustomer();
      const [here, there] = [await logIn(customer), await logIn(customer)];
      await change(
        { ...customer, sessionId: sessionIdOf(here) },
        {
          password: 'tr0ub4dor and three',
          currentPassword: PASSWORD,
        },
      );
      expect(await isOver(there)).toBe(true);
      expect(await isOver(here)).toBe(false);
      await expect(logIn(customer)).rejects.toMatchObject({ code: 'invalid-credentials' });
      await logIn(customer, 'tr0ub4dor and three');
    });

    describe.each([{}, { currentPassword: '' }, { currentPassword: 'wrong horse battery' }])('with %j', (given) => {
      it.each<ChangeAccount>([
        { username: 'Never' },
        { email: 'never@example.com' },
        { password: 'tr0ub4dor and three' },
      ])('is not changed to %j', async (command) => {
        const customer = await aCustomer();
        const refused = change(customer, { ...command, ...given });
        await expect(refused).rejects.toMatchObject({ kind: 'invalid', code: 'current-password-wrong' });
        expect(await customers.get(customer.id)).toEqual(customer);
        await logIn(customer);
      });
    });

    it('is closed by its owner for the password only', async () => {
      const customer = await aCustomer();
      const actor = { id: customer.id, address: '192.0.2.1' };
      const wrong = accounts.leave(actor, 'wrong horse battery');
      await expect(wrong).rejects.toMatchObject({ code: 'current-password-wrong' });
      expect(await customers.get(customer.id)).toEqual(customer);
      await accounts.leave(actor, PASSWORD);
      await expect(customers.get(customer.id)).rejects.toMatchObject({ code: 'customer-not-found' });
    });

    it('has one password in hand at a time', async () => {
      const [throttle, actor] = [module.get(LoginThrottle), { id: newId(), address: '192.0.2.1' }];
      const hashed = () => Promise.resolve(true);
      let finish!: (isRight: boolean) => void;
      const hashing = new Promise<boolean>((resolve) => (finish = resolve));
      const first = throttle.confirm(actor, () => hashing);
      const elsewhere = { ...actor, sessionId: newId() };
      await expect(throttle.confirm(elsewhere, hashed)).rejects.toMatchObject({ code: 'login-throttled' });
      await expect(throttle.confirm({ ...actor, id: newId() }, hashed)).resolves.toBe(true);
      finish(true);
      await expect(first).resolves.toBe(true);
      await expect(throttle.confirm(elsewhere, hashed)).resolves.toBe(true);
    });

    it('needs no password to change nothing', async () => {
      const customer = await aCustomer();
      expect(await change(customer, {})).toEqual(customer);
    });

    it('is not locked by failures elsewhere: of strangers, or of another of its sessions', async () => {
      const customer = await aCustomer();
      const [here, there] = [await logIn(customer), await logIn(customer)].map((pair) => sessionIdOf(pair));
      const wrong = { username: 'Never', currentPassword: 'wrong horse battery' };
      for (let i = 0; i < 6; i++) {
        await sessions.logIn({ username: customer.id, password: 'wrong' }, '192.0.2.9').catch(() => undefined);
        await sessions.logIn({ username: customer.username, password: 'wrong' }, '192.0.2.9').catch(() => undefined);
        await change({ ...customer, sessionId: there }, wrong).catch(() => undefined);
      }
      await expect(change({ ...customer, sessionId: there }, wrong)).rejects.toMatchObject({ code: 'login-throttled' });
      const mine = change(
        { ...customer, sessionId: here },
        { username: `${customer.username}-2`, currentPassword: PASSWORD },
      );
      await expect(mine).resolves.toMatchObject({ username: `${customer.username}-2` });
    });

    it('is known by the address it had before each change, until it is closed or the address is swept', async () => {
      const contacts = module.get(Contacts);
      const { id, email: first, version } = await aCustomer();
      const [second, third] = ['second', 'third'].map((name) => `${name}-${first}`);
      for (const email of [second, third]) {
        await change({ id }, { email, currentPassword: PASSWORD });
        expect(await accounts.verifyEmail(id, email)).toBe(true);
      }
      await change({ id }, { password: 'tr0ub4dor and three', currentPassword: PASSWORD });
      const before = (n: number) => contacts.emailBefore(id, version + n);
      expect(await Promise.all([1, 2, 3, 4, 5].map(before))).toEqual([first, first, second, second, third]);
      const [events] = await database.query(
        `SELECT json_agg(payload)::text AS all FROM platform.outbox WHERE aggregate_id = $1`,
        [id],
      );
      expect(events.all).toMatch(/"changed": ?\["email"\].*"changed": ?\["password"\]/);
      expect(events.all).not.toContain('@');

      const kept = async () =>
        database.query('SELECT version FROM identity.former_emails WHERE customer_id = $1', [id]);
      await database.query(
        `UPDATE identity.former_emails SET changed_at = now() - interval '7 days' WHERE version = 3 AND customer_id = $1`,
        [id],
      );
      await module.get(IdentitySweep).sweep();
      expect(await kept()).toEqual([{ version: version + 4 }]);
      await close(id);
      expect([await kept(), await before(1)]).toEqual([[], undefined]);
    });

    it('takes no password that is like the name it has', async () => {
      const customer = await accounts.register(details('annabelle'));
      const changed = change(customer, { password: 'Annabelle1', currentPassword: PASSWORD });
      await expect(changed).rejects.toMatchObject({ kind: 'malformed', code: 'validation-failed' });
    });

    it('is closed for good: no name is left, no session lives, the names are free again', async () => {
      const customer = await accounts.register(details('leaving'));
      const pair = await logIn(customer);
      await close(customer.id);
      expect(await isOver(pair)).toBe(true);
      expect(await openSessionsOf(customer)).toBe(0);
      await expect(customers.get(customer.id)).rejects.toMatchObject({ code: 'customer-not-found' });
      await expect(govern(customer.id, { active: true })).rejects.toMatchObject({
        code: 'customer-not-found',
      });
      const rows = await database.query('SELECT to_jsonb(c)::text AS text FROM identity.customers c WHERE id = $1', [
        customer.id,
      ]);
      expect(rows).toHaveLength(1);
      expect(rows[0].text).not.toContain('leaving');
      await accounts.register(details('leaving'));
    });
  });

  describe('an e-mail address', () => {
    const NEW = 'tr0ub4dor and three';
    const ask = ({ id }: { id: string }, email: string) => change({ id }, { email, currentPassword: PASSWORD });

    it('is pending after a change, and replaces the old one once it is verified', async () => {
      const customer = await aCustomer();
      expect(customer).toMatchObject({ emailVerified: false, pendingEmail: null });
      expect(await accounts.verifyEmail(customer.id, customer.email)).toBe(true);
      const next = `New-${customer.email}`;
      expect(await ask(customer, next)).toMatchObject({
        ...{ email: customer.email, emailVerified: true, pendingEmail: next },
      });
      await logIn({ username: customer.email });
      await expect(logIn({ username: next })).rejects.toMatchObject({ code: 'invalid-credentials' });
      for (const email of [customer.email, next.toUpperCase(), `other-${next}`])
        expect([email, await accounts.verifyEmail(customer.id, email)]).toEqual([email, false]);
      expect(await accounts.verifyEmail(customer.id, next)).toBe(true);
      expect(await customers.get(customer.id)).toMatchObject({ email: next, emailVerified: true, pendingEmail: null });
      await logIn({ username: next });
      expect(await accounts.verifyEmail(customer.id, next)).toBe(false);
    });

    it('that is pending ends with the present one, and stays when another thing is changed', async () => {
      const customer = await aCustomer();
      await ask(customer, `next-${customer.email}`);
      const renamed = await change(customer, { username: `${customer.username}-x`, currentPassword: PASSWORD });
      expect(renamed).toMatchObject({ pendingEmail: `next-${customer.email}` });
      expect(await ask(customer, customer.email)).toMatchObject({ email: customer.email, pendingEmail: null });
    });

    it('reserves nothing while pending: of five that verify it at once, one has it', async () => {
      const wanted = `wanted-${newId()}@example.com`;
      const five = [await aCustomer(), await aCustomer(), await aCustomer(), await aCustomer(), await aCustomer()];
      for (const [i, each] of five.entries()) await ask(each, i % 2 ? wanted : wanted.toUpperCase());
      const ids = five.map(({ id }) => id);
      const results = await race(
        ids,
        five.map(
          ({ id }, i) =>
            () =>
              accounts.verifyEmail(id, i % 2 ? wanted : wanted.toUpperCase()),
        ),
      );
      expect(reasons(results)).toEqual(Array(4).fill('email-taken'));
      const rows = await database.query('SELECT id FROM identity.customers WHERE email_key = $1', [wanted]);
      expect(rows).toHaveLength(1);
    });

    it('that is pending may be registered by its owner, who keeps it', async () => {
      const customer = await aCustomer();
      const wanted = `owned-${customer.email}`;
      await ask(customer, wanted);
      await accounts.register({ ...details(), email: wanted });
      await expect(accounts.verifyEmail(customer.id, wanted)).rejects.toMatchObject({ code: 'email-taken' });
      expect(await customers.get(customer.id)).toMatchObject({ email: customer.email, emailVerified: false });
    });

    it('that is pending is dropped by a password reset, which ends every session', async () => {
      const customer = await aCustomer();
      const [here, there] = [await logIn(customer), await logIn(customer)];
      await ask(customer, `thief-${customer.email}`);
      const hash = await accounts.hashPassword(customer.id, NEW);
      expect(await accounts.resetPassword(customer.id, `other-${customer.email}`, hash)).toBe(false);
      expect(await accounts.resetPassword(customer.id, customer.email, hash)).toBe(true);
      expect(await Promise.all([here, there].map(isOver))).toEqual([true, true]);
      expect(await customers.get(customer.id)).toMatchObject({ pendingEmail: null });
      expect(await accounts.verifyEmail(customer.id, `thief-${customer.email}`)).toBe(false);
      await logIn(customer, NEW);
      await expect(logIn(customer)).rejects.toMatchObject({ code: 'invalid-credentials' });
    });

    it('of a disabled or closed customer is neither verified nor good for a reset', async () => {
      const [disabled, closed] = [await aCustomer(), await aCustomer()];
      const hash = await accounts.hashPassword(disabled.id, NEW);
      await govern(disabled.id, { active: false });
      await close(closed.id);
      for (const { id, email } of [disabled, closed]) {
        expect(await accounts.verifyEmail(id, email)).toBe(false);
        expect(await accounts.resetPassword(id, email, hash)).toBe(false);
        expect(await module.get(Contacts).findByEmail(email)).toBeUndefined();
      }
    });
  });

  describe('the sessions of a customer', () => {
    const list = ({ id }: { id: string }, current?: TokenPair) => sessions.list(id, current && sessionIdOf(current));
    const actor = (customer: { id: string }, pair: TokenPair) => ({
      ...{ id: customer.id, sessionId: sessionIdOf(pair), address: '192.0.2.1' },
    });

    it('are listed with their device and last use, the newest first, until they end or expire', async () => {
      const customer = await aCustomer();
      const login = { username: customer.username, password: PASSWORD };
      const phone = await sessions.logIn({ ...login, device: 'Phone' }, '192.0.2.1');
      clock.ahead = 1_000;
      const here = await sessions.logIn(login, '192.0.2.1');
      clock.ahead = 5_000;
      await refresh(phone.refreshToken);
      const listed = await list(customer, here);
      expect(listed).toMatchObject([
        { id: sessionIdOf(here), device: null, current: true },
        { id: sessionIdOf(phone), device: 'Phone', current: false },
      ]);
      const [own, other] = listed.map(({ createdAt, lastUsedAt }) => Date.parse(lastUsedAt) - Date.parse(createdAt));
      expect([own, other >= 4_000]).toEqual([0, true]);
      await sessions.endOne(actor(customer, here), sessionIdOf(phone));
      await database.query(`UPDATE identity.sessions SET expires_at = now() WHERE id = $1`, [sessionIdOf(here)]);
      expect(await list(customer)).toEqual([]);
      await module.get(IdentitySweep).sweep();
    });

    it('end one by one, all but the own, or all by an admin; another customer’s does not', async () => {
      const [customer, stranger] = [await aCustomer(), await aCustomer()];
      const [first, second, third] = [await logIn(customer), await logIn(customer), await logIn(customer)];
      const theirs = await logIn(stranger);
      const foreign = sessions.endOne(actor(stranger, theirs), sessionIdOf(first));
      await expect(foreign).rejects.toMatchObject({ code: 'session-not-found' });
      await sessions.endOne(actor(customer, second), sessionIdOf(first));
      const twice = sessions.endOne(actor(customer, second), sessionIdOf(first));
      await expect(twice).rejects.toMatchObject({ code: 'session-not-found' });
      expect(await Promise.all([first, second, third, theirs].map(isOver))).toEqual([true, false, false, false]);

      await sessions.endAll(customer.id, actor(customer, third));
      expect((await list(customer)).map(({ id }) => id)).toEqual([sessionIdOf(third)]);
      await sessions.endAll(customer.id, admin);
      expect([await list(customer), (await list(stranger)).length]).toEqual([[], 1]);
      await expect(sessions.listOf(newId())).rejects.toMatchObject({ code: 'customer-not-found' });
    });
  });

  describe('a customer that an admin disables', () => {
    it('has no role from then on, and no session, even when enabled again', async () => {
      const customer = await aCustomer();
      const pair = await logIn(customer);
      expect(await customers.findRole(customer.id)).toBe('customer');
      expect(await govern(customer.id, { active: false })).toMatchObject({ active: false });
      expect(await customers.findRole(customer.id)).toBeUndefined();
      await govern(customer.id, { active: true });
      expect(await isOver(pair)).toBe(true);
      await logIn(customer);
    });

    it('does not refresh, by whatever way the account was disabled', async () => {
      const customer = await aCustomer();
      const pair = await logIn(customer);
      await database.query('UPDATE identity.customers SET active = false WHERE id = $1', [customer.id]);
      expect(await isOver(pair)).toBe(true);
    });

    it('does not slip a session through that is opened at the same time', async () => {
      const customer = await aCustomer();
      const pair = await logIn(customer);
      const calls: (() => Promise<unknown>)[] = [
        ...Array.from({ length: 5 }, () => () => logIn(customer)),
        () => refresh(pair.refreshToken),
        () => govern(customer.id, { active: false }),
      ];
      await race([customer.id], calls);
      expect(await openSessionsOf(customer)).toBe(0);
    });
  });

  describe('the last active admin', () => {
    const admins = async () =>
      (await database.query(`SELECT id FROM identity.customers WHERE role = 'admin' AND active`)).map(
        ({ id }) => id as string,
      );

    it('stays, when all admins step down at once, each in another way', async () => {
      await accounts.registerAdmin(details('admin'));
      for (let i = 1; i < 9; i++) await govern((await aCustomer()).id, { role: 'admin' });
      const ids = await admins();
      const ways = [
        (id: string) => govern(id, { active: false }),
        (id: string) => govern(id, { role: 'customer' }),
        (id: string) => close(id),
      ];
      const results = await race<unknown>(
        ids,
        ids.map((id, i) => () => ways[i % 3](id)),
      );
      expect(ids).toHaveLength(9);
      expect(reasons(results)).toEqual(['last-admin']);
      expect(await admins()).toHaveLength(1);
    });

    it('can step down after another was appointed', async () => {
      const [last] = await admins();
      await expect(close(last)).rejects.toMatchObject({ code: 'last-admin' });
      await govern((await aCustomer()).id, { role: 'admin' });
      await close(last);
      expect(await admins()).toHaveLength(1);
    });
  });

  it('an admin is created once; a customer of that name is no admin', async () => {
    expect(await accounts.registerAdmin(details('operator'))).toBe('created');
    expect(await accounts.registerAdmin({ ...details('OPERATOR'), password: 'not even looked at' })).toBe('exists');
    const customer = await aCustomer();
    await expect(accounts.registerAdmin(details(customer.username))).rejects.toMatchObject({
      code: 'username-taken',
    });
  });

  it.each(['оperator-z', 'OPERATОR-Z', '0perator-z'])(
    'a customer is not called %s while operator-z is an admin',
    async (like) => {
      await accounts.registerAdmin(details('operator-z'));
      const [refused, customer] = [accounts.register({ ...details(), username: like }), await aCustomer()];
      await expect(refused).rejects.toMatchObject({ code: 'username-taken' });
      const renamed = change(customer, { username: like, currentPassword: PASSWORD });
      await expect(renamed).rejects.toMatchObject({ code: 'username-taken' });
    },
  );

  it('customers are listed newest first, page by page, and found by a part of their names', async () => {
    for (let i = 0; i < 5; i++) await accounts.register(details(`Needle${i}`));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await customers.list({ q: ' nEEdle ', limit: 2, cursor });
      seen.push(...page.items.map(({ username }) => username));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(seen).toEqual(['Needle4', 'Needle3', 'Needle2', 'Needle1', 'Needle0']);
    expect((await customers.list({ q: '%', limit: 20 })).items).toEqual([]);
  });

  it('expired sessions are swept, in more than one batch, and no others', async () => {
    const customer = await aCustomer();
    const pair = await logIn(customer);
    await database.query(
      `INSERT INTO identity.sessions SELECT gen_random_uuid(), $1, gen_random_uuid(), 1, now(), now(), now() - interval '1 second' FROM generate_series(1, 2500)`,
      [customer.id],
    );
    expect(await module.get(IdentitySweep).sweep()).toBe(2_500);
    expect(await isOver(pair)).toBe(false);
  });
});
