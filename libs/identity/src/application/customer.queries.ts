import { Injectable } from '@nestjs/common';
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

@Injectable()
export class CustomerQueries {
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
  async roleOf(id: string, sessionId?: string): Promise<Role | undefined> {
    const [row] = await this.reads.query<{ role: Role }>(
      `SELECT role FROM identity.customers WHERE id = $1 AND active AND ($2::uuid IS NULL OR EXISTS (
         SELECT FROM identity.sessions WHERE id = $2 AND ended_at IS NULL))`,
      [id, sessionId],
      'role-of-customer',
    );
    return row?.role;
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
