import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { type KeyColumns, Keyset, type List, Reads } from '@holdfast/platform';
import { fold, type Names } from '../domain/account-rules';
import type { Customer, Role } from '../domain/customer';
import { CustomerNotFound } from '../domain/identity.errors';

export interface CustomerView {
  id: string;
  username: string;
  email: string;
  role: Role;
  active: boolean;
  createdAt: string;
  updatedAt: string;
  version: number;
}

export interface CustomerFilter {
  q?: string;
  cursor?: string;
  limit: number;
}

/** What a password is checked against. */
export interface Credentials extends Names {
  id: string;
  passwordHash: string;
}

interface CustomerRow extends Omit<CustomerView, 'createdAt' | 'updatedAt'> {
  created_at: Date;
  updated_at: Date;
}

const COLUMNS = 'id, username, email, role, active, version, created_at, updated_at';
const CREDENTIALS = 'SELECT id, username, email, password_hash AS "passwordHash" FROM identity.customers';

interface Bearer {
  id: string;
  sessionId?: string;
}

@Injectable()
export class CustomerQueries {
  /** Nothing is remembered: those who ask while a query is under way share the next. */
  private readonly roles = new DataLoader<Bearer, Role | undefined>((bearers) => this.rolesOf(bearers), {
    cache: false,
    maxBatchSize: 100,
    batchScheduleFn: (ask) => void this.asking.then(ask),
  });
  private asking = Promise.resolve();

  constructor(private readonly reads: Reads) {}

  /** Newest first. `q` is a part of the username or the e-mail address. */
  async list({ q, cursor, limit }: CustomerFilter): Promise<List<CustomerView>> {
    const page = new Keyset({
      key: 'created_at',
      type: 'timestamptz',
      id: 'id',
      descending: true,
      boundTo: { q },
      cursor,
      limit,
    });
    const parameters: unknown[] = [fold(q ?? '')];
    const rows = await this.reads.query<CustomerRow & KeyColumns>(
      `SELECT ${COLUMNS}, ${page.columns} FROM identity.customers
       WHERE closed_at IS NULL AND (strpos(username_key, $1) > 0 OR strpos(email_key, $1) > 0) AND ${page.after(parameters)}
       ${page.orderAndLimit}`,
      parameters,
    );
    return page.list(rows, viewOf);
  }

  /** Throws CustomerNotFound, for a closed account too. */
  async one(id: string): Promise<CustomerView> {
    const sql = `SELECT ${COLUMNS} FROM identity.customers WHERE id = $1 AND closed_at IS NULL`;
    const [row] = await this.reads.query<CustomerRow>(sql, [id]);
    if (!row) throw new CustomerNotFound();
    return viewOf(row);
  }

  /** Asked on every request with a token; undefined as soon as the customer is disabled or gone, or the session ended. */
  roleOf(id: string, sessionId?: string): Promise<Role | undefined> {
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
      () => undefined, // who asked is told of the failure; the next are asked for all the same
    );
    const roles = new Map((await asked).map(({ n, role }) => [Number(n), role]));
    return bearers.map((_, index) => roles.get(index + 1));
  }

  /** By username or e-mail address, in any casing. */
  async credentialsFor(login: string): Promise<Credentials | undefined> {
    const [row] = await this.reads.query<Credentials>(`${CREDENTIALS} WHERE username_key = $1 OR email_key = $1`, [
      fold(login),
    ]);
    return row;
  }

  /** Throws CustomerNotFound. */
  async credentialsOf(id: string): Promise<Credentials> {
    const [row] = await this.reads.query<Credentials>(`${CREDENTIALS} WHERE id = $1`, [id]);
    if (!row) throw new CustomerNotFound();
    return row;
  }

  async isAdmin(username: string): Promise<boolean> {
    const sql = `SELECT 1 FROM identity.customers WHERE username_key = $1 AND role = 'admin'`;
    const rows = await this.reads.query(sql, [fold(username)]);
    return rows.length > 0;
  }
}

/**
 * How customers are reached, for who writes to them: asked anew each time, at the moment of writing. A copy, or an event
 * that carries the address, would outlive the account.
 */
@Injectable()
export class Contacts {
  constructor(private readonly reads: Reads) {}

  /** Undefined when the account is closed; a disabled one is still written to, its money and goods are its own. */
  async emailOf(id: string): Promise<string | undefined> {
    const sql = 'SELECT email FROM identity.customers WHERE id = $1 AND closed_at IS NULL';
    const [row] = await this.reads.query<{ email: string }>(sql, [id]);
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
      'SELECT id FROM identity.customers WHERE username_key = $1 UNION SELECT id FROM identity.customers WHERE email_key = $1',
      [fold(login)],
    );
    return rows.map(({ id }) => id);
  }
}

/** A customer as it stands in its unit of work: the shape that the queries give from the table. */
export const customerView = ({
  id,
  username,
  email,
  role,
  active,
  version,
  createdAt,
  updatedAt,
}: Customer): CustomerView => ({
  ...{ id, username, email, role, active },
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
  version,
});

const viewOf = ({ id, username, email, role, active, version, created_at, updated_at }: CustomerRow): CustomerView => ({
  ...{ id, username, email, role, active },
  createdAt: created_at.toISOString(),
  updatedAt: updated_at.toISOString(),
  version,
});
