import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { isoTime, type KeyColumns, Keyset, type List, Reads } from '@holdfast/platform';
import type { Customer, Role } from '../domain/customer';
import { CustomerNotFound } from '../domain/identity.errors';
import { clean, fold, type Names } from '../domain/account-rules';

export interface CustomerView {
  id: string;
  username: string;
  email: string;
  emailVerified: boolean;
  /** The address that replaces `email` once it is verified. */
  pendingEmail: string | null;
  role: Role;
  active: boolean;
  createdAt: string;
  updatedAt: string;
  version: number;
}

export interface CustomerFilter {
  /** A part of the username or the e-mail address. */
  q?: string;
  cursor?: string;
  limit: number;
}

/** The hash that a password is checked against, and the names that a new one must not be like. */
export interface Credentials extends Names {
  id: string;
  passwordHash: string;
}

interface Bearer {
  id: string;
  sessionId?: string;
}

const VIEW = `id, username, email, email_verified AS "emailVerified", pending_email AS "pendingEmail", role, active, version,
  ${isoTime('created_at')} AS "createdAt", ${isoTime('updated_at')} AS "updatedAt"`;
const CREDENTIALS = 'SELECT id, username, email, password_hash AS "passwordHash" FROM identity.customers';

@Injectable()
export class CustomerQueries {
  /** Requests that arrive while a query is under way share the next one; nothing is cached. */
  private readonly roles = new DataLoader<Bearer, Role | undefined>((bearers) => this.rolesOf(bearers), {
    cache: false,
    maxBatchSize: 100,
    batchScheduleFn: (ask) => void this.asking.then(ask),
  });
  private asking = Promise.resolve();

  constructor(private readonly reads: Reads) {}

  /** Newest first. */
  async list({ q, cursor, limit }: CustomerFilter): Promise<List<CustomerView>> {
    const key = { key: 'created_at', type: 'timestamptz', id: 'id' } as const;
    const page = new Keyset({ ...key, descending: true, boundTo: { q }, cursor, limit });
    const parameters: unknown[] = [fold(q ?? '')];
    const rows = await this.reads.query<CustomerView & KeyColumns>(
      `SELECT ${VIEW}, ${page.columns} FROM identity.customers
       WHERE closed_at IS NULL AND (strpos(username_key, $1) > 0 OR strpos(email_key, $1) > 0)
         AND ${page.after(parameters)}
       ${page.orderAndLimit}`,
      parameters,
    );
    return page.list<CustomerView>(rows);
  }

  /** Throws CustomerNotFound, also for a closed account. */
  async get(id: string): Promise<CustomerView> {
    const sql = `SELECT ${VIEW} FROM identity.customers WHERE id = $1 AND closed_at IS NULL`;
    const [customer] = await this.reads.query<CustomerView>(sql, [id]);
    if (!customer) throw new CustomerNotFound();
    return customer;
  }

  /** Runs on every request with a token. Undefined once the customer is disabled or closed, or the session ended. */
  findRole(id: string, sessionId?: string): Promise<Role | undefined> {
    return this.roles.load({ id, sessionId });
  }

  private async rolesOf(bearers: readonly Bearer[]): Promise<(Role | undefined)[]> {
    const asked = this.reads.query<{ n: string; role: Role }>(
      `SELECT b.n, c.role FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS b(id, session_id, n)
       CROSS JOIN LATERAL (SELECT role FROM identity.customers WHERE id = b.id AND active LIMIT 1) c
       WHERE b.session_id IS NULL
          OR EXISTS (SELECT FROM identity.sessions s WHERE s.id = b.session_id AND s.ended_at IS NULL)`,
      [bearers.map(({ id }) => id), bearers.map(({ sessionId }) => sessionId ?? null)],
      'roles-of-bearers',
    );
    this.asking = asked.then(
      () => undefined,
      () => undefined, // The failure reaches the callers of this query; the next query runs all the same.
    );
    const roles = new Map((await asked).map(({ n, role }) => [Number(n), role]));
    return bearers.map((_, index) => roles.get(index + 1));
  }

  /** By username or e-mail address, in any casing. */
  async findCredentials(login: string): Promise<Credentials | undefined> {
    const sql = `${CREDENTIALS} WHERE username_key = $1 OR email_key = $1`;
    const [credentials] = await this.reads.query<Credentials>(sql, [fold(login)]);
    return credentials;
  }

  /**
   * The account that was registered since then under exactly these names, and that nobody has changed. Disabling and
   * closing are changes too.
   */
  async findUnchanged({ username, email }: Names, since: Date): Promise<Credentials | undefined> {
    const sql = `${CREDENTIALS} WHERE username_key = $1 AND email_key = $2 AND role = 'customer' AND version = 1
      AND created_at > $3`;
    const [found] = await this.reads.query<Credentials>(sql, [fold(username), fold(email), since]);
    return found?.username === clean(username) && found.email === clean(email) ? found : undefined;
  }

  /** Throws CustomerNotFound. */
  async getCredentials(id: string): Promise<Credentials> {
    const [credentials] = await this.reads.query<Credentials>(`${CREDENTIALS} WHERE id = $1`, [id]);
    if (!credentials) throw new CustomerNotFound();
    return credentials;
  }

  async isAdmin(username: string): Promise<boolean> {
    const sql = `SELECT 1 FROM identity.customers WHERE username_key = $1 AND role = 'admin'`;
    const rows = await this.reads.query(sql, [fold(username)]);
    return rows.length > 0;
  }
}

/**
 * The addresses that messages go to, looked up at the moment of sending. A copy elsewhere, or an event that carries the
 * address, would outlive the account.
 */
@Injectable()
export class Contacts {
  /** Messages that are sent at one moment look their addresses up together. */
  private readonly emails = new DataLoader((ids: readonly string[]) => this.emailsOf(ids), { cache: false });

  constructor(private readonly reads: Reads) {}

  /** Undefined when the account is closed. A disabled customer still gets messages about money and goods. */
  async emailOf(id: string): Promise<string | undefined> {
    return this.emails.load(id);
  }

  private async emailsOf(ids: readonly string[]): Promise<(string | undefined)[]> {
    const rows = await this.reads.query<{ id: string; email: string }>(
      'SELECT id, email FROM identity.customers WHERE id = ANY ($1::uuid[]) AND closed_at IS NULL',
      [ids],
      'emails',
    );
    const found = new Map(rows.map(({ id, email }) => [id, email]));
    return ids.map((id) => found.get(id));
  }

  /** The active customer with this address, in any casing. */
  async findByEmail(email: string): Promise<string | undefined> {
    const sql = 'SELECT id FROM identity.customers WHERE email_key = $1 AND active';
    const [row] = await this.reads.query<{ id: string }>(sql, [fold(email)]);
    return row?.id;
  }

  /** Where a password reset goes. Undefined for a customer who may not log in. */
  async resetEmailOf(id: string): Promise<string | undefined> {
    const sql = 'SELECT email FROM identity.customers WHERE id = $1 AND active';
    const [row] = await this.reads.query<{ email: string }>(sql, [id]);
    return row?.email;
  }

  /** The address that is to be verified: the pending one, or else the present one. Undefined when there is none. */
  async emailToVerify(id: string): Promise<string | undefined> {
    const sql = `SELECT coalesce(pending_email, email) AS email FROM identity.customers
      WHERE id = $1 AND active AND (pending_email IS NOT NULL OR NOT email_verified)`;
    const [row] = await this.reads.query<{ email: string }>(sql, [id]);
    return row?.email;
  }

  /** The address before the change that made this version, for its notice. Undefined when the account is closed. */
  async emailBefore(id: string, version: number): Promise<string | undefined> {
    const sql = `
      SELECT coalesce(
        (SELECT email FROM identity.former_emails WHERE customer_id = c.id AND version >= $2 ORDER BY version LIMIT 1),
        email) AS email
      FROM identity.customers c WHERE id = $1 AND closed_at IS NULL`;
    const [row] = await this.reads.query<{ email: string }>(sql, [id, version]);
    return row?.email;
  }
}

/** Finds customers for the controllers of other contexts, which pass on ids alone. */
@Injectable()
export class CustomerSearch {
  constructor(private readonly reads: Reads) {}

  /** Ids of the customers whose username or e-mail address is this, in any casing: two at most. */
  async idsOf(login: string): Promise<string[]> {
    const rows = await this.reads.query<{ id: string }>(
      `SELECT id FROM identity.customers WHERE username_key = $1
       UNION SELECT id FROM identity.customers WHERE email_key = $1`,
      [fold(login)],
    );
    return rows.map(({ id }) => id);
  }
}

/** A customer inside its unit of work, in the shape that {@link CustomerQueries} read from the table. */
export function customerView(customer: Customer): CustomerView {
  const { id, username, email, emailVerified, pendingEmail, role, active, version, createdAt, updatedAt } = customer;
  const times = { createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
  return { id, username, email, emailVerified, pendingEmail, role, active, version, ...times };
}
