import { Test, type TestingModule } from '@nestjs/testing';
import { RecoveryLetters, RecoverySweep } from '@holdfast/account-recovery';
import { AccountsService } from '@holdfast/identity';
import { NotificationsModule } from '@holdfast/notifications';
import { loadSettings, OutboxRelay, OutboxRelayModule, PlatformModule } from '@holdfast/platform';
import { Clock, newId } from '@holdfast/shared-kernel';
import { databaseOptions } from '../../../ormconfig';
import { AccountRecovery } from '../../../libs/account-recovery/src/application/account-recovery.service';
import { CustomerQueries } from '../../../libs/identity/src/application/customer.queries';
import { SessionsService } from '../../../libs/identity/src/application/sessions.service';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { until } from '../../support/eventually';
import { countStatements } from '../../support/statement-counter';
import { MailServer, type ReceivedMail } from '../../support/mail-server';

const PASSWORD = 'correct horse battery';
const NEW = 'tr0ub4dor and three';
const MINUTE = 60_000;

class TestClock extends Clock {
  ahead = 0;

  now(): Date {
    return new Date(Date.now() + this.ahead);
  }
}

describe('account recovery', () => {
  const clock = new TestClock();
  let database: TestDatabase;
  let mailServer: MailServer;
  let module: TestingModule;
  let recovery: AccountRecovery;
  let accounts: AccountsService;
  let sessions: SessionsService;
  let count = 0;
  let client = '192.0.2.0';

  const aProcess = (url = database.url) => {
    const settings = loadSettings({
      ...testEnvironment(url),
      OUTBOX_RETRY_DELAYS: '50ms,50ms,50ms',
      OUTBOX_POLL_INTERVAL: '50ms',
      SMTP_URL: mailServer.url,
      MAIL_FROM: 'The Shop <orders@shop.example>',
      APP_LINK_BASE: 'https://shop.example/app/',
    });
    return Test.createTestingModule({
      imports: [PlatformModule.forRoot(settings, databaseOptions(settings)), NotificationsModule, OutboxRelayModule],
    })
      .overrideProvider(Clock)
      .useValue(clock)
      .compile();
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    mailServer = await MailServer.start();
    module = await aProcess();
    await module.init();
    recovery = module.get(AccountRecovery, { strict: false });
    accounts = module.get(AccountsService, { strict: false });
    sessions = module.get(SessionsService, { strict: false });
    module.get(OutboxRelay).start();
  });
  beforeEach(async () => {
    await settled(); // notices of the test before
    clock.ahead = 0;
    client = `192.0.2.${++count}`;
    mailServer.mails.length = 0;
    mailServer.answer = () => null;
  });
  afterAll(async () => {
    await module.get(OutboxRelay).finish();
    await module.close();
    await mailServer.close();
    await database.drop();
  });

  const aCustomer = () => {
    const username = `customer-${newId().slice(-12)}`;
    return accounts.register({ username, email: `${username}@example.com`, password: PASSWORD });
  };
  const logIn = ({ username }: { username: string }, password = PASSWORD) =>
    sessions.logIn({ username, password }, '192.0.2.1');
  const ask = ({ email }: { email: string }) => recovery.requestReset(email, client);
  const confirm = (token: string, password = NEW) => recovery.confirmReset(token, password, client);
  const verify = (token: string) => recovery.confirmEmail(token, client);
  const settled = () =>
    until(async () => {
      const [{ n }] = await database.query(`SELECT count(*)::int AS n FROM platform.outbox WHERE status = 'pending'`);
      return n === 0;
    });
  const mailed = async (): Promise<ReceivedMail[]> => {
    await settled();
    return mailServer.mails;
  };
  const tokenIn = ({ text }: ReceivedMail): string => /[?&]token=([\w-]+)/.exec(text ?? '')![1];
  const mailedToken = async () => tokenIn((await mailed()).at(-1)!);
  const INVALID = { kind: 'invalid', code: 'reset-token-invalid' };
  const reasons = (results: PromiseSettledResult<unknown>[]) =>
    results.flatMap((result) => (result.status === 'rejected' ? [(result.reason as { code: string }).code] : []));

  /** The text of every row of every table. */
  async function everything(): Promise<string> {
    const tables = await database.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const texts = tables.map(({ name }) =>
      database.query<{ text: string }>(
        `SELECT coalesce(string_agg(to_jsonb(t)::text, ' '), '') AS text FROM ${name} t`,
      ),
    );
    return (await Promise.all(texts)).map(([{ text }]) => text).join(' ');
  }

  describe('a password reset', () => {
    it('goes to the customer by mail, ends every session, and is no secret anywhere but in the mail', async () => {
      const customer = await aCustomer();
      const { refreshToken } = await logIn(customer);
      await recovery.requestReset(` ${customer.email.toUpperCase()} `, client);
      const [mail, ...more] = await mailed();
      expect(more).toEqual([]);
      expect(mail).toMatchObject({ recipients: [customer.email], subject: 'Reset your password' });
      const token = tokenIn(mail);
      expect(mail.text).toContain(`https://shop.example/app/reset-password?token=${token}`);
      expect(mail.text).toContain('30 minutes');
      expect(mail.html).toContain(`href="https://shop.example/app/reset-password?token=${token}"`);
      expect(JSON.stringify(mail.headers)).not.toContain(token.slice(32));
      const stored = await everything();
      // Its first half is the id of the request; what opens is the rest.
      expect(stored).not.toContain(token.slice(32));

      await confirm(token);
      await expect(sessions.refresh(refreshToken, client)).rejects.toMatchObject({ code: 'unauthorized' });
      await expect(logIn(customer)).rejects.toMatchObject({ code: 'invalid-credentials' });
      await logIn(customer, NEW);
      await expect(confirm(token)).rejects.toMatchObject(INVALID);
      const notices = (await mailed()).map(({ subject }) => subject);
      expect(notices).toEqual(['Reset your password', 'Your password changed']);
    });

    it('is asked for with the same statements whether the address is known or not, and goes to nobody then', async () => {
      const tap = await countStatements(database.url);
      const other = await aProcess(tap.url);
      try {
        const customer = await aCustomer();
        const asked: string[][] = [];
        // The first one opens connections and prepares statements.
        for (const email of [`first-${customer.email}`, customer.email, `nobody-${customer.email}`]) {
          tap.take();
          await other.get(AccountRecovery, { strict: false }).requestReset(email, client);
          asked.push(tap.take());
        }
        expect(asked[2].length).toBeGreaterThan(5);
        expect(asked[2]).toEqual(asked[1]);
        expect((await mailed()).map(({ recipients }) => recipients)).toEqual([[customer.email]]);
      } finally {
        await other.close();
        tap.close();
      }
    });

    it('ends with a newer one', async () => {
      const customer = await aCustomer();
      await ask(customer);
      const older = await mailedToken();
      await ask(customer);
      const newer = await mailedToken();
      await expect(confirm(older)).rejects.toMatchObject(INVALID);
      await confirm(newer);
    });

    it('ends after 30 minutes', async () => {
      const customer = await aCustomer();
      await ask(customer);
      const token = await mailedToken();
      clock.ahead = 30 * MINUTE + 1_000;
      await expect(confirm(token)).rejects.toMatchObject(INVALID);
      clock.ahead = 29 * MINUTE;
      await confirm(token);
    });

    it('used by ten at once, in two processes, serves one', async () => {
      const other = await aProcess();
      try {
        const customer = await aCustomer();
        await ask(customer);
        const token = await mailedToken();
        const processes = [recovery, other.get(AccountRecovery, { strict: false })];
        const results = await Promise.allSettled(
          Array.from({ length: 10 }, (_, i) => processes[i % 2].confirmReset(token, `${NEW} ${i}`, client)),
        );
        expect(reasons(results)).toEqual(Array(9).fill('reset-token-invalid'));
        const winner = results.findIndex(({ status }) => status === 'fulfilled');
        await logIn(customer, `${NEW} ${winner}`);
      } finally {
        await other.close();
      }
    });

    it('is left as it is by a password that is refused', async () => {
      const customer = await aCustomer();
      await ask(customer);
      const token = await mailedToken();
      for (const weak of ['12345678', 'password1', customer.username])
        await expect(confirm(token, weak)).rejects.toMatchObject({ code: 'validation-failed' });
      await confirm(token);
    });

    it('serves from any of several mails, when the server took one and the worker did not hear of it', async () => {
      const customer = await aCustomer();
      let refusals = 2;
      mailServer.answer = () => (refusals-- > 0 ? Object.assign(new Error('later'), { responseCode: 451 }) : null);
      await ask(customer);
      const mails = await mailed();
      expect([mails.length, new Set(mails.map(({ messageId }) => messageId)).size]).toEqual([3, 1]);
      const tokens = mails.map(tokenIn);
      expect(new Set(tokens).size).toBe(3);
      await confirm(tokens[0]);
      for (const token of tokens) await expect(confirm(token)).rejects.toMatchObject(INVALID);
    });

    it('is refused for any other text, for a token of the other kind, and after the address has changed', async () => {
      const customer = await aCustomer();
      await recovery.requestVerification(customer.id, client);
      const verification = await mailedToken();
      await ask(customer);
      const token = await mailedToken();
      const forged = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A');
      for (const bad of [
        '',
        'no token',
        forged,
        `${token}A`,
        token.slice(1),
        newId().replaceAll('-', '') + 'A'.repeat(43),
        verification,
      ])
        await expect(confirm(bad)).rejects.toMatchObject(INVALID);
      await database.query(
        `UPDATE identity.customers SET email = 'x' || email, email_key = 'x' || email_key WHERE id = $1`,
        [customer.id],
      );
      await expect(confirm(token)).rejects.toMatchObject(INVALID);
    });

    it('is not mailed to a disabled customer, nor when it was replaced before it was sent', async () => {
      const customer = await aCustomer();
      await ask(customer);
      await mailed();
      await database.query('UPDATE identity.customers SET active = false WHERE id = $1', [customer.id]);
      await ask(customer);
      await recovery.requestResetFor(customer.id, { id: newId(), address: client });
      expect(await mailed()).toHaveLength(1);
      expect(await module.get(RecoveryLetters, { strict: false }).write(newId())).toBeUndefined();
    });

    it('is mailed for an admin, who must name a customer', async () => {
      const customer = await aCustomer();
      const by = { id: newId(), address: client };
      await recovery.requestResetFor(customer.id, by);
      await confirm(await mailedToken());
      await expect(recovery.requestResetFor(newId(), by)).rejects.toMatchObject({ code: 'customer-not-found' });
    });
  });

  describe('the limits of an hour', () => {
    it('give an account five mails of twelve that are asked for at once, from many addresses, and more an hour later', async () => {
      const customer = await aCustomer();
      const askAll = (from: number) =>
        Promise.all(
          Array.from({ length: 12 }, (_, i) => recovery.requestReset(customer.email, `198.51.100.${from + i}`)),
        );
      await askAll(0);
      const counted = () =>
        database.query('SELECT FROM account_recovery.counted_requests WHERE customer_id = $1', [customer.id]);
      expect(await counted()).toHaveLength(5);
      await settled();
      // A request that was replaced before it was sent is not sent.
      expect(mailServer.mails.length).toBeLessThanOrEqual(5);
      await confirm(await mailedToken());
      await database.query(
        `UPDATE account_recovery.counted_requests SET requested_at = requested_at - interval '1 hour'
         WHERE customer_id = $1`,
        [customer.id],
      );
      await askAll(20);
      expect(await counted()).toHaveLength(10);
    });

    it('give a client address twenty of thirty, whether the e-mail addresses are known or not', async () => {
      const customer = await aCustomer();
      const emails = Array.from({ length: 30 }, (_, i) => (i === 7 ? customer.email : `nobody-${i}-${customer.email}`));
      await Promise.all(emails.map((email) => recovery.requestReset(email, client)));
      const counted = await database.query('SELECT FROM account_recovery.counted_requests WHERE client_address = $1', [
        client,
      ]);
      expect(counted).toHaveLength(20);
    });

    it('hold for a verification on its own', async () => {
      const customer = await aCustomer();
      for (let i = 0; i < 7; i++) await recovery.requestVerification(customer.id, client);
      await ask(customer);
      const counted = await database.query(
        `SELECT purpose, count(*)::int AS n FROM account_recovery.counted_requests WHERE customer_id = $1
         GROUP BY purpose ORDER BY purpose`,
        [customer.id],
      );
      expect(counted).toEqual([
        { purpose: 'email-verification', n: 5 },
        { purpose: 'password-reset', n: 1 },
      ]);
    });
  });

  describe('a verification', () => {
    const pending = async (customer: { id: string }, email: string) => {
      const command = { email, currentPassword: PASSWORD };
      await accounts.change({ id: customer.id, address: client }, command);
      await recovery.requestVerification(customer.id, client);
      return mailedToken();
    };
    const viewOf = ({ id }: { id: string }) => module.get(CustomerQueries, { strict: false }).get(id);

    it('makes the address of a new customer verified, once, and then sends no more', async () => {
      const customer = await aCustomer();
      await recovery.requestVerification(customer.id, client);
      const [mail] = await mailed();
      expect(mail).toMatchObject({ recipients: [customer.email], subject: 'Verify your e-mail address' });
      expect(mail.text).toContain(`https://shop.example/app/verify-email?token=${tokenIn(mail)}`);
      expect(mail.text).toContain('24 hours');
      await verify(tokenIn(mail));
      expect(await viewOf(customer)).toMatchObject({ emailVerified: true });
      await expect(verify(tokenIn(mail))).rejects.toMatchObject({ code: 'verification-token-invalid' });
      await recovery.requestVerification(customer.id, client);
      expect(await mailed()).toHaveLength(1);
    });

    it('goes to the pending address, while the old one is told and stays until then', async () => {
      const customer = await aCustomer();
      const next = `next-${customer.email}`;
      const token = await pending(customer, next);
      const told = mailServer.mails.map(({ subject, recipients }) => [subject, recipients]);
      expect(told.sort()).toEqual([
        ['Verify your e-mail address', [next]],
        ['Your e-mail address changed', [customer.email]],
      ]);
      expect(await viewOf(customer)).toMatchObject({ email: customer.email, pendingEmail: next });
      await verify(token);
      expect(await viewOf(customer)).toMatchObject({ email: next, pendingEmail: null, emailVerified: true });
      await settled();
      expect(mailServer.mails).toHaveLength(2);
    });

    it('gives an address to the first who verifies it; the other is refused and keeps the old one', async () => {
      const [ann, bob] = [await aCustomer(), await aCustomer()];
      const wanted = `wanted-${ann.email}`;
      const tokens = [await pending(ann, wanted), await pending(bob, wanted)];
      const results = await Promise.allSettled(tokens.map(verify));
      expect(reasons(results)).toEqual(['email-taken']);
      const views = await Promise.all([ann, bob].map(viewOf));
      expect(views.filter(({ email }) => email === wanted)).toHaveLength(1);
    });

    it('of one address says nothing of another', async () => {
      const customer = await aCustomer();
      const token = await pending(customer, `first-${customer.email}`);
      await accounts.change(
        { id: customer.id, address: client },
        { email: `second-${customer.email}`, currentPassword: PASSWORD },
      );
      await expect(verify(token)).rejects.toMatchObject({ code: 'verification-token-invalid' });
      expect(await viewOf(customer)).toMatchObject({ email: customer.email, emailVerified: false });
    });
  });

  it('leaves nothing behind: expired requests and counts are swept', async () => {
    const customer = await aCustomer();
    await ask(customer);
    await settled();
    await database.query(
      `UPDATE account_recovery.recoveries SET expires_at = now();
       UPDATE account_recovery.counted_requests SET requested_at = now() - interval '1 hour'`,
    );
    expect(await module.get(RecoverySweep, { strict: false }).sweep()).toBeGreaterThan(0);
    const left = await database.query(
      `SELECT (SELECT count(*) FROM account_recovery.recoveries)::int + (SELECT count(*) FROM account_recovery.counted_requests)::int AS n`,
    );
    expect(left).toEqual([{ n: 0 }]);
  });
});
