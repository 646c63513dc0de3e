import { Injectable } from '@nestjs/common';
import { currentUnit } from '@holdfast/platform';
import { Customer } from '../domain/customer';
import { CustomerRepository } from '../domain/customer.repository';
import { CustomerNotFound } from '../domain/identity.errors';

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
    // Who steps down between the two queries is seen as he is now: the lock reads anew.
    const locked = await unit.lockAll(Customer, [id, ...rows.map((admin) => admin.id)]);
    return { customer: await this.lock(id), admins: locked.filter((customer) => customer.isActiveAdmin) };
  }
}
