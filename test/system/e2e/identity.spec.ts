import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { newId } from '@holdfast/shared-kernel';
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  type JSONWebKeySet,
  type JWK,
  jwtVerify,
} from 'jose';
import { accessToken, Api, type Caller, type Json, makeCustomers } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { JWT_PRIVATE_KEY } from '../../support/environment';

describe('identity', () => {
  let database: TestDatabase;
  let api: Api;
  let anyone: Caller;

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await Api.start(database);
    anyone = api.as();
  });
  afterAll(async () => {
    await api.stop();
    await database.drop();
  });

  const register = (body: object) => anyone.send<Json>('POST', '/v1/customers', body);
  const logIn = (username: string, password: string) =>
    anyone.send<Json>('POST', '/v1/auth/token', { username, password });
  const refresh = (refreshToken: string) => anyone.send<Json>('POST', '/v1/auth/refresh', { refreshToken });
  const newcomer = async (name = `u${newId().slice(-10)}`) => {
    const password = 'opply123';
    const { body } = await register({ username: name, email: `${name}@opply.com`, password });
    return { ...(body as { id: string }), name, password };
  };
  const count = async () =>
    (await database.query<{ n: number }>('SELECT count(*)::int AS n FROM identity.customers'))[0].n;

  it('ID-01 registers, and says nothing of the password', async () => {
    const before = await count();
    const { status, headers, body } = await register({
      username: 'opplynewuser',
      email: 'newuser@opply.com',
      password: 'opply123',
      passwordConfirmation: 'opply123',
    });
    expect([status, headers.get('location')]).toEqual([201, '/v1/customers/me']);
    expect(Object.keys(body as object).sort()).toEqual([
      'active',
      'createdAt',
      'email',
      'emailVerified',
      'id',
      'pendingEmail',
      'role',
      'updatedAt',
      'username',
      'version',
    ]);
    expect(body).toMatchObject({
      username: 'opplynewuser',
      email: 'newuser@opply.com',
      role: 'customer',
      active: true,
    });
    expect(await count()).toBe(before + 1);
  });

  it('ID-02 ID-04 ID-18 SEC-20 refuses what cannot be an account, quickly', async () => {
    const good = { username: 'candidate', email: 'candidate@opply.com', password: 'opply123' };
    const bad = [
      { passwordConfirmation: 'opply124' },
      { password: 'opply12' },
      { password: '12345678' },
      { password: 'password' },
      { password: 'candidate' },
      { password: 'Candidate1' },
      { password: 'x'.repeat(257) },
      { password: 12345678 },
      { password: null },
      { username: '' },
      { username: null },
      { username: 'x'.repeat(65) },
      { username: 'a@b' },
      { username: 'in\u200bvisible' },
      { username: 'nul\u0000' },
      { username: 'bidi\u202e' },
      { email: 'not an address' },
      { email: 'x@y' },
      { email: `${'a'.repeat(100_000)}@x.com` },
      { username: `${'a'.repeat(50_000)}!` },
      { role: 'admin' },
      { isStaff: true },
      { id: newId() },
      { active: true },
    ];
    const before = await count();
    for (const fields of bad) {
      const { status } = await register({ ...good, ...fields });
      const named = JSON.stringify(fields).slice(0, 60);
      expect([named, status]).toEqual([named, 400]);
    }
    expect(await count()).toBe(before);
    expect((await register({ ...good, password: `${'é'.repeat(127)}!` })).status).toBe(201);
  });

  it('ID-03 ID-16 keeps usernames and e-mail addresses unique, whatever their casing or form', async () => {
    await register({ username: 'Ann', email: 'Ann@X.com', password: 'opply123' });
    const before = await count();
    const cases: [object, string][] = [
      [{ username: 'ann', email: 'other@x.com' }, 'username-taken'],
      [{ username: ' ANN ', email: 'other@x.com' }, 'username-taken'],
      [{ username: 'ａｎｎ', email: 'other@x.com' }, 'username-taken'],
      [{ username: 'ann2', email: 'ann@x.COM' }, 'email-taken'],
    ];
    for (const [fields, code] of cases) {
      const { status, body } = await register({ password: 'opply123', ...fields });
      expect([fields, status, body.code]).toEqual([fields, 409, code]);
    }
    expect(await count()).toBe(before);
    for (const name of ['ANN', 'ann', 'ANN@x.com', ' ann@X.COM '])
      expect([name, (await logIn(name, 'opply123')).status]).toEqual([name, 200]);
  });

  it('makes one account of many equal registrations at once, and gives all the same answer', async () => {
    const before = await count();
    const body = { username: 'twin', email: 'twin@x.com', password: 'opply123' };
    const answers = await Promise.all(Array.from({ length: 8 }, () => register(body)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(201));
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect(await count()).toBe(before + 1);
  });

  type Change = ((id: string) => Promise<unknown>) | undefined;
  const CHANGED = (what: string) => (id: string) =>
    database.query(`UPDATE identity.customers SET ${what} WHERE id = '${id}'`);
  it.each<[what: string, fields: object, before: Change, code: string | undefined]>([
    ['the same', {}, undefined, undefined],
    ['the same, 59 seconds later', {}, CHANGED(`created_at = created_at - interval '50 seconds'`), undefined],
    ['the same, with spaces around the name', { username: ' %s ' }, undefined, undefined],
    ['the same, later', {}, CHANGED(`created_at = created_at - interval '61 seconds'`), 'username-taken'],
    ['another password', { password: 'opply1234' }, undefined, 'username-taken'],
    ['another e-mail address', { email: 'other-%s@x.com' }, undefined, 'username-taken'],
    ['another name', { username: 'other-%s' }, undefined, 'email-taken'],
    ['the name in other letters', { username: 'U%s' }, undefined, 'username-taken'],
    ['the address in other letters', { email: 'U%s@x.com' }, undefined, 'username-taken'],
    ['the same, after a change of the account', {}, CHANGED('version = 2'), 'username-taken'],
  ])('answers a registration repeated with %s as it should', async (_, fields, before, code) => {
    const key = newId().slice(-10);
    const first = { username: `u${key}`, email: `u${key}@x.com`, password: 'opply123' };
    const { body: registered } = await register(first);
    await before?.(registered.id as string);
    const customers = await count();
    const named = Object.entries(fields).map(([name, value]) => {
      const own = String(value).startsWith(' ') ? `u${key}` : key;
      return [name, String(value).replace('%s', own)] as const;
    });
    const { status, headers, body } = await register({ ...first, ...Object.fromEntries(named) });
    if (code) expect([status, body.code]).toEqual([409, code]);
    else {
      const { createdAt: _moved, ...same } = registered as Record<string, unknown>;
      expect([status, body, headers.get('location')]).toMatchObject([201, same, '/v1/customers/me']);
    }
    expect(await count()).toBe(customers);
  });

  it('ID-03 lets one of many parallel registrations of a name win', async () => {
    const body = (i: number) => ({ username: 'racer', email: `racer${i}@x.com`, password: 'opply123' });
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => register(body(i))));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409, 409, 409]);
    const located = answers.filter(({ headers }) => headers.has('location'));
    expect(located.map(({ status }) => status)).toEqual([201]);
  });

  it('ID-05 ID-08 logs in with tokens of 20 minutes and 30 days', async () => {
    const { id, name, password } = await newcomer();
    const { status, headers, body } = await logIn(name, password);
    expect([status, headers.get('cache-control'), body.tokenType, body.expiresIn]).toEqual([
      200,
      'no-store',
      'Bearer',
      1200,
    ]);
    const access = decodeJwt(body.accessToken as string);
    const refreshed = decodeJwt(body.refreshToken as string);
    expect([access.exp! - access.iat!, refreshed.exp! - refreshed.iat!]).toEqual([1_200, 2_592_000]);
    expect(access).toMatchObject({ sub: id, role: 'customer', iss: 'holdfast', aud: 'holdfast-api' });
    expect(JSON.stringify(access)).not.toMatch(/argon|password|email/i);
    expect(decodeProtectedHeader(body.accessToken as string)).toEqual({
      alg: 'ES256',
      typ: 'at+jwt',
      kid: expect.any(String) as string,
    });
    expect((await api.as(body.accessToken as string).get('/v1/customers/me')).body).toMatchObject({
      id,
      username: name,
    });
  });

  it('ID-06 answers a wrong password and an unknown user alike', async () => {
    const { name } = await newcomer();
    const answers = [await logIn(name, 'wrong password'), await logIn('nobody-at-all', 'wrong password')];
    const bodies = answers.map(({ body: { requestId: _id, instance: _at, ...rest } }) => rest as object);
    expect(bodies[0]).toEqual(bodies[1]);
    expect(answers.map(({ status, headers }) => [status, headers.get('www-authenticate')])).toEqual([
      [401, 'Bearer'],
      [401, 'Bearer'],
    ]);
    expect(bodies[0]).toMatchObject({ code: 'invalid-credentials' });
  });

  it('ID-12 refuses tokens that are expired, early, endless, forged, confused or garbage, all alike', async () => {
    const [{ id }] = await makeCustomers(database, 1);
    const now = Math.floor(Date.now() / 1000);
    const { privateKey: foreign } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { name, password } = await newcomer();
    const { refreshToken } = (await logIn(name, password)).body;
    const good = await accessToken(id);
    const [header, payload] = good.split('.');
    const unsigned = `${Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url')}.${payload}.`;
    const hmac = await accessToken(id, { header: { alg: 'HS256' }, key: new TextEncoder().encode('x'.repeat(32)) });
    const bad = [
      await accessToken(id, { claims: { exp: now - 1 } }),
      await accessToken(id, { claims: { nbf: now + 60 } }),
      await accessToken(id, { claims: { exp: undefined } }),
      await accessToken(id, { claims: { iss: 'other' } }),
      await accessToken(id, { claims: { aud: 'holdfast-refresh' } }),
      await accessToken(id, { claims: { sub: newId() } }),
      await accessToken(id, { claims: { sub: "' OR 1=1--" } }),
      await accessToken(id, { header: { kid: 'unknown' } }),
      await accessToken(id, { header: { typ: 'JWT' } }),
      await accessToken(id, { key: foreign }),
      refreshToken as string,
      unsigned,
      hmac,
      `${header}.${payload}.${'A'.repeat(86)}`,
      'garbage',
      'a.b.c',
      '',
    ];
    const bodies = new Set<string>();
    for (const token of bad) {
      const { status, headers, body } = await anyone.get('/v1/customers/me', { authorization: `Bearer ${token}` });
      expect([token, status, headers.get('www-authenticate')]).toEqual([token, 401, 'Bearer']);
      bodies.add(JSON.stringify({ ...body, requestId: 0, instance: 0 }));
    }
    expect(bodies.size).toBe(1);
    expect((await anyone.get('/v1/products', { authorization: 'Bearer garbage' })).status).toBe(401);
    expect((await api.as(good).get('/v1/customers/me')).status).toBe(200);
  });

  it('ID-14 rotates refresh tokens, and ends the family when one is used again', async () => {
    const { name, password } = await newcomer();
    const first = (await logIn(name, password)).body;
    const second = await refresh(first.refreshToken as string);
    expect(second.status).toBe(200);
    expect((await api.as(second.body.accessToken as string).get('/v1/customers/me')).status).toBe(200);
    const again = await refresh(first.refreshToken as string);
    expect([again.status, again.body.refreshToken]).toEqual([200, second.body.refreshToken]);
    expect((await api.as(again.body.accessToken as string).get('/v1/customers/me')).status).toBe(200);
    const third = await refresh(second.body.refreshToken as string);
    expect((await refresh(first.refreshToken as string)).status).toBe(401);
    expect((await refresh(third.body.refreshToken as string)).status).toBe(401);
    // The session is over, and with it the access tokens that it gave out.
    expect((await api.as(second.body.accessToken as string).get('/v1/customers/me')).status).toBe(401);
    const other = (await logIn(name, password)).body;
    expect((await refresh(other.accessToken as string)).status).toBe(401);
    expect((await anyone.send('POST', '/v1/auth/revoke', { refreshToken: other.refreshToken as string })).status).toBe(
      204,
    );
    expect((await refresh(other.refreshToken as string)).status).toBe(401);
    expect((await anyone.send('POST', '/v1/auth/revoke', { refreshToken: 'garbage' })).status).toBe(204);
  });

  it('ID-14 gives many parallel uses of a refresh token one and the same successor', async () => {
    const { name, password } = await newcomer();
    const { refreshToken } = (await logIn(name, password)).body;
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(refreshToken as string)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(new Set(answers.map(({ body }) => body.refreshToken as string)).size).toBe(1);
  });

  it('lists the sessions of a customer, and ends them one by one or all others', async () => {
    const { id, name, password } = await newcomer();
    const pairs: Json[] = [];
    for (const device of ['Phone', 'Tablet', undefined])
      pairs.push((await anyone.send('POST', '/v1/auth/token', { username: name, password, device })).body);
    const [phone, tablet, here] = pairs.map(({ accessToken: token }) => api.as(token as string));
    const { status, body } = await here.get('/v1/customers/me/sessions');
    expect([status, body]).toMatchObject([
      200,
      [{ device: null, current: true }, { device: 'Tablet' }, { device: 'Phone' }],
    ]);
    expect(Object.keys(body[0] as object).sort()).toEqual(['createdAt', 'current', 'device', 'id', 'lastUsedAt']);
    expect((await here.delete(`/v1/customers/me/sessions/${body[2].id}`)).status).toBe(204);
    expect([(await phone.get('/v1/customers/me')).status, (await tablet.get('/v1/customers/me')).status]).toEqual([
      401, 200,
    ]);
    expect((await refresh(pairs[0].refreshToken as string)).status).toBe(401);
    const [{ token }] = await makeCustomers(database, 1, 'admin');
    expect((await api.as(token).get(`/v1/customers/${id}/sessions`)).body).toHaveLength(2);
    expect((await here.delete('/v1/customers/me/sessions')).status).toBe(204);
    expect([(await tablet.get('/v1/customers/me')).status, (await here.get('/v1/customers/me')).status]).toEqual([
      401, 200,
    ]);
    expect((await api.as(token).delete(`/v1/customers/${id}/sessions`)).status).toBe(204);
    expect((await here.get('/v1/customers/me')).status).toBe(401);
    for (const device of ['', 'x'.repeat(101), 7, null])
      expect((await anyone.send('POST', '/v1/auth/token', { username: name, password, device })).status).toBe(400);
  });

  it('ID-23 ID-24 leaves accounts to their owners and admins, and stops a token with its customer', async () => {
    const [ann, bob] = [await newcomer(), await newcomer()];
    const asAnn = api.as((await logIn(ann.name, ann.password)).body.accessToken as string);
    const asBob = api.as((await logIn(bob.name, bob.password)).body.accessToken as string);
    const [{ token }] = await makeCustomers(database, 1, 'admin');
    const admin = api.as(token);
    expect((await asAnn.get('/v1/customers')).status).toBe(403);
    expect((await asAnn.patch(`/v1/customers/${bob.id}`, { active: false })).status).toBe(403);
    expect((await asAnn.get(`/v1/customers/${bob.id}`)).status).toBe(403);
    expect((await asBob.get('/v1/customers/me')).status).toBe(200);

    expect((await admin.patch(`/v1/customers/${ann.id}`, { active: false })).status).toBe(200);
    expect((await asAnn.get('/v1/customers/me')).status).toBe(401);
    expect((await logIn(ann.name, ann.password)).status).toBe(401);
    await admin.patch(`/v1/customers/${ann.id}`, { active: true });
    expect((await asAnn.get('/v1/customers/me')).status).toBe(401); // The sessions have ended for good.
    expect((await logIn(ann.name, ann.password)).status).toBe(200);

    await admin.patch(`/v1/customers/${bob.id}`, { role: 'admin' });
    expect((await asBob.get('/v1/customers')).status).toBe(200);
    await admin.patch(`/v1/customers/${bob.id}`, { role: 'customer' });
    expect((await asBob.get('/v1/customers')).status).toBe(403);

    expect((await asBob.delete('/v1/customers/me')).status).toBe(400);
    const leave = (password: string) => asBob.send('DELETE', '/v1/customers/me', { password });
    expect([(await leave('wrong')).status, (await leave('wrong')).body.code]).toEqual([422, 'current-password-wrong']);
    expect((await leave(bob.password)).status).toBe(204);
    expect((await asBob.get('/v1/customers/me')).status).toBe(401);
    expect((await register({ username: bob.name, email: `${bob.name}@opply.com`, password: 'opply123' })).status).toBe(
      201,
    );
    expect((await admin.get('/v1/customers?limit=1')).body.items).toHaveLength(1);
  });

  it('ID-13 rotates its signing key: tokens of the old one work for as long as it is listed', async () => {
    const pem = (key: KeyObject, type: 'pkcs8' | 'spki') => key.export({ type, format: 'pem' }).toString();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const old = createPublicKey(JWT_PRIVATE_KEY);
    const { name, password } = await newcomer();
    const before = (await logIn(name, password)).body;
    const rotated = { JWT_PRIVATE_KEY: pem(privateKey, 'pkcs8') };
    const both = await Api.start(database, { ...rotated, JWT_PREVIOUS_KEYS: pem(old, 'spki') });
    const onlyNew = await Api.start(database, rotated);
    try {
      expect((await both.as(before.accessToken as string).get('/v1/customers/me')).status).toBe(200);
      expect((await onlyNew.as(before.accessToken as string).get('/v1/customers/me')).status).toBe(401);
      const refused = await onlyNew.as().send('POST', '/v1/auth/refresh', { refreshToken: before.refreshToken });
      expect(refused.status).toBe(401);

      const after = await both.as().send('POST', '/v1/auth/refresh', { refreshToken: before.refreshToken });
      const kids = [before, after.body].map((pair: Json) => decodeProtectedHeader(pair.accessToken as string).kid);
      expect(new Set(kids).size).toBe(2);
      expect((await onlyNew.as(after.body.accessToken as string).get('/v1/customers/me')).status).toBe(200);
      expect((await anyone.get('/v1/customers/me', { authorization: `Bearer ${after.body.accessToken}` })).status).toBe(
        401,
      );

      const { status, headers, body } = await both.as().get('/.well-known/jwks.json');
      expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=300']);
      const thumbprints = await Promise.all(body.keys.map((key: JWK) => calculateJwkThumbprint(key)));
      expect(body.keys.map(({ kid }: JWK) => kid)).toEqual(thumbprints);
      expect(thumbprints).toEqual([kids[1], kids[0]]);
      for (const key of body.keys as JWK[])
        expect(key).toEqual({
          ...{ kty: 'EC', crv: 'P-256', use: 'sig', alg: 'ES256' },
          ...{ kid: key.kid, x: expect.any(String) as string, y: expect.any(String) as string },
        });
      for (const { accessToken: token } of [before, after.body] as Json[])
        await jwtVerify(token as string, createLocalJWKSet(body as JSONWebKeySet), { audience: 'holdfast-api' });
    } finally {
      await Promise.all([both.stop(), onlyNew.stop()]);
    }
  });

  it('ID-25 SEC-22 keeps passwords as Argon2id only, and no secret in any log line', async () => {
    const { name, password } = await newcomer();
    const { accessToken: access, refreshToken } = (await logIn(name, password)).body;
    await api.as(access as string).get('/v1/customers/me');
    const [{ password_hash: hash }] = await database.query<{ password_hash: string }>(
      'SELECT password_hash FROM identity.customers WHERE username = $1',
      [name],
    );
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const logs = JSON.stringify(api.lines);
    for (const secret of [password, access, refreshToken, hash] as string[]) expect(logs).not.toContain(secret);
  });
});
