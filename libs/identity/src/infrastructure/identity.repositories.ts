import { Injectable } from '@nestjs/common';
import { currentUnit } from '@holdfast/platform';
import { fold } from '../domain/account-rules';
import { ApiKey } from '../domain/api-key';
import { Customer } from '../domain/customer';
import { ApiKeyNotFound, CustomerNotFound } from '../domain/identity.errors';
import { ApiKeyRepository, CustomerRepository, SessionRepository } from '../domain/repositories';
import { Session } from '../domain/session';

@Injectable()
export class OrmCustomerRepository extends CustomerRepository {
  add(customer: Customer): void {
    currentUnit().add(customer);
  }

  async lock(id: string): Promise<Customer> {
    const customer = await currentUnit().lock(Customer, id);
    if (!customer || customer.closedAt) throw new CustomerNotFound();
    return customer;
  }

  async lockActive(id: string): Promise<Customer | undefined> {
    const customer = await currentUnit().lock(Customer, id);
    return customer?.active ? customer : undefined;
  }

  async lockAmongAdmins(id: string): Promise<{ customer: Customer; admins: Customer[] }> {
    const unit = currentUnit();
    const { rows } = await unit.statement<{ id: string }>(
      `SELECT id FROM identity.customers WHERE role = 'admin' AND active`,
      [],
    );
    // An admin may step down between the two queries: the lock reads the row anew.
    const locked = await unit.lockAll(Customer, [id, ...rows.map((admin) => admin.id)]);
    return { customer: await this.lock(id), admins: locked.filter((customer) => customer.isActiveAdmin) };
  }

  async adminNames(): Promise<{ id: string; username: string }[]> {
    const { rows } = await currentUnit().statement<{ id: string; username: string }>(
      `SELECT id, username FROM identity.customers WHERE role = 'admin' AND closed_at IS NULL`,
      [],
    );
    return rows;
  }

  async isEmailTaken(email: string, exceptId: string): Promise<boolean> {
    const sql = 'SELECT FROM identity.customers WHERE email_key = $1 AND id <> $2';
    const { rows } = await currentUnit().statement(sql, [fold(email), exceptId]);
    return rows.length > 0;
  }

  async keepFormerEmail(id: string, version: number, email: string): Promise<void> {
    await currentUnit().statement(
      'INSERT INTO identity.former_emails (customer_id, version, email) VALUES ($1, $2, $3)',
      [id, version, email],
    );
  }

  async forgetFormerEmails(id: string): Promise<void> {
    await currentUnit().statement('DELETE FROM identity.former_emails WHERE customer_id = $1', [id]);
  }

  async removeFormerEmails(keptFor: number, atMost: number): Promise<number> {
    const { affected } = await currentUnit().statement(
      `DELETE FROM identity.former_emails WHERE (customer_id, version) IN (
         SELECT customer_id, version FROM identity.former_emails
         WHERE changed_at <= clock_timestamp() - $1 * interval '1 millisecond' LIMIT $2 FOR UPDATE SKIP LOCKED)`,
      [keptFor, atMost],
    );
    return affected;
  }
}

@Injectable()
export class OrmSessionRepository extends SessionRepository {
  add(session: Session): void {
    currentUnit().add(session);
  }

  lock(id: string): Promise<Session | undefined> {
    return currentUnit().lock(Session, id);
  }

  async lockAllOf(customerId: string): Promise<Session[]> {
    const unit = currentUnit();
    const { rows } = await unit.statement<{ id: string }>(
      'SELECT id FROM identity.sessions WHERE customer_id = $1 AND ended_at IS NULL',
      [customerId],
    );
    const ids = rows.map(({ id }) => id);
    return unit.lockAll(Session, ids);
  }

  async removeExpired(atMost: number): Promise<number> {
    const { affected } = await currentUnit().statement(
      `DELETE FROM identity.sessions WHERE id IN (
         SELECT id FROM identity.sessions WHERE expires_at <= clock_timestamp() LIMIT $1 FOR UPDATE SKIP LOCKED)`,
      [atMost],
    );
    return affected;
  }
}

@Injectable()
export class OrmApiKeyRepository extends ApiKeyRepository {
  add(key: ApiKey): void {
    currentUnit().add(key);
  }

  async lock(id: string): Promise<ApiKey> {
    const key = await currentUnit().lock(ApiKey, id);
    if (!key) throw new ApiKeyNotFound();
    return key;
  }

  async recordUse(id: string): Promise<void> {
    await currentUnit().statement(
      `UPDATE identity.api_keys SET last_used_at = clock_timestamp()
       WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 minute')`,
      [id],
    );
  }
}
