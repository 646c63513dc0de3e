import { Injectable } from '@nestjs/common';
import { Clock, withValues } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import { type AccountDetails, faultsOf, type Names } from '../domain/account-rules';
import type { Role } from '../domain/customer';
import { CustomerRepository } from '../domain/customer.repository';
import { CurrentPasswordWrong } from '../domain/identity.errors';
import { SessionRepository } from '../domain/session.repository';
import { CustomerQueries, customerView, type CustomerView } from './customer.queries';
import { LoginThrottle, Passwords } from './passwords';
import { refuse } from './registration.service';

export interface ChangeAccount extends Partial<AccountDetails> {
  /** Needed for a new password. */
  currentPassword?: string;
}

export interface GovernCustomer {
  active?: boolean;
  role?: Role;
}

interface PasswordChange {
  passwordHash: string;
  /** The hash that the current password was checked against. */
  checkedHash: string;
  /** The session that goes on. */
  sessionId?: string;
}

/** What customers do to their own account, and admins to anyone's. Locks: customers in id order, then sessions. */
@Injectable()
export class AccountsService {
  constructor(
    private readonly customers: CustomerRepository,
    private readonly sessions: SessionRepository,
    private readonly queries: CustomerQueries,
    private readonly passwords: Passwords,
    private readonly throttle: LoginThrottle,
    private readonly clock: Clock,
  ) {}

  /** A new password ends every session but the one given. Throws 400, CurrentPasswordWrong, LogInsThrottled, UsernameTaken, EmailTaken. */
  async change(id: string, sessionId: string | undefined, command: ChangeAccount): Promise<CustomerView> {
    const { password, currentPassword = '', ...names } = withValues(command);
    const credentials = await this.queries.credentialsOf(id);
    refuse(faultsOf({ ...names, password }, credentials));
    if (password === undefined) return this.apply(id, names);
    const checkedHash = credentials.passwordHash;
    const check = () => this.passwords.matches(currentPassword, checkedHash);
    if (!(await this.throttle.attempt(id, 'own account', check))) throw new CurrentPasswordWrong();
    const passwordHash = await this.passwords.hash(password);
    return this.apply(id, names, { passwordHash, checkedHash, sessionId });
  }

  /** Throws CustomerNotFound, LastAdmin. */
  @UnitOfWork()
  async close(id: string): Promise<void> {
    const { customer, admins } = await this.customers.lockAmongAdmins(id);
    customer.close(admins, this.clock.now());
    await this.endSessions(id);
  }

  /** A disabled customer is logged out everywhere, for good. Throws CustomerNotFound, LastAdmin. */
  @UnitOfWork()
  async govern(id: string, { active, role }: GovernCustomer): Promise<CustomerView> {
    const { customer, admins } = await this.customers.lockAmongAdmins(id);
    const now = this.clock.now();
    if (role !== undefined) customer.appoint(role, admins, now);
    if (active === true) customer.enable(now);
    if (active === false) {
      customer.disable(admins, now);
      await this.endSessions(id);
    }
    return customerView(customer);
  }

  @UnitOfWork()
  private async apply(id: string, names: Partial<Names>, passwordChange?: PasswordChange): Promise<CustomerView> {
    const customer = await this.customers.lock(id);
    const now = this.clock.now();
    customer.rename(names, now);
    if (passwordChange) {
      customer.changePassword(passwordChange.checkedHash, passwordChange.passwordHash, now);
      await this.endSessions(id, passwordChange.sessionId);
    }
    return customerView(customer);
  }

  private async endSessions(customerId: string, except?: string): Promise<void> {
    const sessions = await this.sessions.lockAllOf(customerId);
    for (const session of sessions) if (session.id !== except) session.end(this.clock.now());
  }
}
