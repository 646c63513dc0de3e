import { Injectable } from '@nestjs/common';
import { Clock } from '@holdfast/shared-kernel';
import { problems, UnitOfWork } from '@holdfast/platform';
import { type AccountDetails, type Fault, faultsOf } from '../domain/account-rules';
import { Customer, type Registration } from '../domain/customer';
import { CustomerRepository } from '../domain/customer.repository';
import { CustomerQueries, customerView, type CustomerView } from './customer.queries';
import { Passwords } from './passwords';

export type RegisterCustomer = AccountDetails;

@Injectable()
export class RegistrationService {
  constructor(
    private readonly customers: CustomerRepository,
    private readonly queries: CustomerQueries,
    private readonly passwords: Passwords,
    private readonly clock: Clock,
  ) {}

  /** Throws 400 `validation-failed` with every broken rule, UsernameTaken, EmailTaken. */
  async register(command: RegisterCustomer): Promise<CustomerView> {
    return this.registerAs('customer', command);
  }

  /** For whoever runs the service, as {@link register}. Nothing happens if an admin has this username already. */
  async registerAdmin(command: RegisterCustomer): Promise<'created' | 'exists'> {
    if (await this.queries.isAdmin(command.username)) return 'exists';
    await this.registerAs('admin', command);
    return 'created';
  }

  private async registerAs(
    role: Registration['role'],
    { username, email, password }: RegisterCustomer,
  ): Promise<CustomerView> {
    refuse(faultsOf({ username, email, password }));
    const passwordHash = await this.passwords.hash(password);
    return this.admit({ username, email, passwordHash, role, at: this.clock.now() });
  }

  @UnitOfWork()
  private async admit(registration: Registration): Promise<CustomerView> {
    const customer = Customer.register(registration);
    this.customers.add(customer);
    return customerView(customer);
  }
}

/** Throws 400 `validation-failed` if there is a fault: to a client, a broken rule is a bad field like any other. */
export function refuse(faults: Fault[]): void {
  const errors = faults.map(({ field, code, detail }) => ({ pointer: `/${field}`, code, detail }));
  if (errors.length > 0) throw problems.validationFailed(errors);
}
