import { Injectable } from '@nestjs/common';
import { Clock, withValues } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import { type AccountDetails, faultsOf, type Names } from '../domain/account-rules';
import { type AccountChange, Customer, type Registration, type Role } from '../domain/customer';
import {
  AccountHasOpenOrders,
  CurrentPasswordWrong,
  EmailTaken,
  UsernameTaken,
  ValuesRefused,
} from '../domain/identity.errors';
import { CustomerRepository, SessionRepository } from '../domain/repositories';
import { type Credentials, CustomerQueries, customerView, type CustomerView } from './customer.queries';
import { LoginThrottle, Passwords } from './passwords';
import { type Actor, logSecurity } from './security-log';

export type RegisterCustomer = AccountDetails;

export interface ChangeAccount extends Partial<AccountDetails> {
  /** Needed for every change. */
  currentPassword?: string;
}

export interface GovernCustomer {
  active?: boolean;
  role?: Role;
}

/** How long a registration may be repeated, in milliseconds. */
const REPEATABLE = 60_000;

/** Other contexts add a question when they start: whether the customer is still to get something, or to return it. */
@Injectable()
export class AccountObligations {
  private readonly questions: ((customerId: string) => Promise<boolean>)[] = [];

  /** The question is asked in the transaction that closes the account. */
  add(isOwed: (customerId: string) => Promise<boolean>): void {
    this.questions.push(isOwed);
  }

  /** Throws AccountHasOpenOrders. */
  async ensureNone(customerId: string): Promise<void> {
    for (const isOwed of this.questions) if (await isOwed(customerId)) throw new AccountHasOpenOrders();
  }
}

/** The life of accounts: customers change their own, admins any. Locks customers in id order, then sessions. */
@Injectable()
export class AccountsService {
  constructor(
    private readonly customers: CustomerRepository,
    private readonly sessions: SessionRepository,
    private readonly queries: CustomerQueries,
    private readonly passwords: Passwords,
    private readonly throttle: LoginThrottle,
    private readonly obligations: AccountObligations,
    private readonly clock: Clock,
  ) {}

  /**
   * Registers a customer. Repeated with the same values within {@link REPEATABLE}, it returns the same account, so that
   * a client may repeat it after a timeout. Throws ValuesRefused with every broken rule, UsernameTaken, EmailTaken,
   * PasswordsBusy.
   */
  register(command: RegisterCustomer): Promise<CustomerView> {
    return this.registerAs('customer', command).catch(async (refusal: unknown) => {
      const isTaken = refusal instanceof UsernameTaken || refusal instanceof EmailTaken;
      const registered = isTaken ? await this.findRegistered(command) : undefined;
      if (!registered) throw refusal;
      return registered;
    });
  }

  /** Registers an admin, unless one has this username already. Throws what {@link register} throws. */
  async registerAdmin(command: RegisterCustomer): Promise<'created' | 'exists'> {
    if (await this.queries.isAdmin(command.username)) return 'exists';
    await this.registerAs('admin', command);
    return 'created';
  }

  /**
   * Changes the actor's own account. A new password ends every session but the actor's. A new address is pending until
   * {@link verifyEmail}. Throws ValuesRefused, CurrentPasswordWrong, LogInsThrottled, UsernameTaken, EmailTaken.
   */
  async change(actor: Actor, command: ChangeAccount): Promise<CustomerView> {
    const { currentPassword = '', password, ...names } = withValues(command);
    if (password === undefined && Object.keys(names).length === 0) return this.queries.get(actor.id);
    const credentials = await this.queries.getCredentials(actor.id);
    ensureAcceptable({ ...names, password }, credentials);
    const change = await this.confirm(actor, credentials, currentPassword, async () => {
      const passwordHash = password === undefined ? undefined : await this.passwords.hash(password);
      return { ...names, passwordHash };
    });
    const { customer, changed } = await this.apply(actor, change, credentials.passwordHash);
    if (changed.length) logSecurity('account-changed', { actor: actor.id, address: actor.address, changed });
    return customer;
  }

  /** The hash of a newly chosen password, for {@link resetPassword}. Throws ValuesRefused, PasswordsBusy. */
  async hashPassword(customerId: string, password: string): Promise<string> {
    ensureAcceptable({ password }, await this.queries.getCredentials(customerId));
    return this.passwords.hash(password);
  }

  /** Replaces a forgotten password and ends all sessions. False when the customer may not log in, or has moved on. */
  @UnitOfWork()
  async resetPassword(customerId: string, email: string, passwordHash: string): Promise<boolean> {
    const customer = await this.customers.lockActive(customerId);
    if (customer?.email !== email) return false;
    customer.resetPassword(passwordHash, this.clock.now());
    await this.endSessions(customerId);
    return true;
  }

  /**
   * Makes the address the customer's own, which its holder has proved to read. False when it is not the one to verify.
   * Throws EmailTaken when another customer has it by now.
   */
  @UnitOfWork()
  async verifyEmail(customerId: string, email: string): Promise<boolean> {
    const customer = await this.customers.lockActive(customerId);
    if (!customer) return false;
    const former = customer.email;
    if (!customer.verifyEmail(email, this.clock.now())) return false;
    if (former !== email) await this.customers.keepFormerEmail(customerId, customer.version, former);
    return true;
  }

  /** Closes the actor's own account. Throws CurrentPasswordWrong, LogInsThrottled, LastAdmin, AccountHasOpenOrders. */
  async leave(actor: Actor, password: string): Promise<void> {
    const credentials = await this.queries.getCredentials(actor.id);
    await this.confirm(actor, credentials, password, () => Promise.resolve());
    await this.remove(actor.id, credentials.passwordHash);
    logSecurity('account-closed', { actor: actor.id, address: actor.address, subject: actor.id });
  }

  /** Closes a customer's account for an admin. Throws CustomerNotFound, LastAdmin, AccountHasOpenOrders. */
  async close(id: string, by: Actor): Promise<void> {
    await this.remove(id);
    logSecurity('account-closed', { actor: by.id, address: by.address, subject: id });
  }

  /** Disabling ends all sessions of the customer. Throws CustomerNotFound, LastAdmin, UsernameTaken for a new admin. */
  async govern(id: string, command: GovernCustomer, by: Actor): Promise<CustomerView> {
    const { before, after } = await this.applyGovernance(id, command);
    const facts = { actor: by.id, address: by.address, subject: id };
    if (after.role !== before.role) logSecurity('role-changed', { ...facts, role: after.role });
    if (after.active !== before.active) logSecurity(after.active ? 'customer-enabled' : 'customer-disabled', facts);
    return after;
  }

  private async registerAs(role: Role, { username, email, password }: RegisterCustomer): Promise<CustomerView> {
    ensureAcceptable({ username, email, password });
    const passwordHash = await this.passwords.hash(password);
    return this.add({ username, email, passwordHash, role, at: this.clock.now() });
  }

  private async findRegistered({ password, ...names }: RegisterCustomer): Promise<CustomerView | undefined> {
    const found = await this.queries.findUnchanged(names, new Date(this.clock.now().getTime() - REPEATABLE));
    const isSame = found && (await this.passwords.matches(password, found.passwordHash));
    return isSame ? this.queries.get(found.id) : undefined;
  }

  @UnitOfWork()
  private async add(registration: Registration): Promise<CustomerView> {
    const customer = Customer.register(registration);
    customer.ensureUnlike(await this.customers.adminNames());
    this.customers.add(customer);
    return customerView(customer);
  }

  /** Checks the actor's password, and prepares the change in the same turn: one hash per customer is in hand. */
  private async confirm<T>(
    actor: Actor,
    { passwordHash }: Credentials,
    password: string,
    prepare: () => Promise<T>,
  ): Promise<T> {
    const prepared = await this.throttle.confirm(actor, async () => {
      const isRight = await this.passwords.matches(password, passwordHash);
      return isRight ? { change: await prepare() } : undefined;
    });
    if (prepared) return prepared.change;
    logSecurity('password-wrong', { actor: actor.id, address: actor.address });
    throw new CurrentPasswordWrong();
  }

  @UnitOfWork()
  private async apply(actor: Actor, change: AccountChange, checkedHash: string) {
    const customer = await this.customers.lock(actor.id);
    const { username, pendingEmail } = customer;
    const changed = customer.change(change, checkedHash, this.clock.now());
    if (customer.username !== username) customer.ensureUnlike(await this.customers.adminNames());
    if (customer.pendingEmail !== null && customer.pendingEmail !== pendingEmail)
      if (await this.customers.isEmailTaken(customer.pendingEmail, actor.id)) throw new EmailTaken();
    if (change.passwordHash !== undefined) await this.endSessions(actor.id, actor.sessionId);
    return { customer: customerView(customer), changed };
  }

  @UnitOfWork()
  private async remove(id: string, checkedHash?: string): Promise<void> {
    const { customer, admins } = await this.customers.lockAmongAdmins(id);
    if (checkedHash !== undefined) customer.ensureOpenedBy(checkedHash);
    await this.obligations.ensureNone(id);
    customer.close(admins, this.clock.now());
    await this.customers.forgetFormerEmails(id);
    await this.endSessions(id);
  }

  @UnitOfWork()
  private async applyGovernance(
    id: string,
    { active, role }: GovernCustomer,
  ): Promise<{ before: CustomerView; after: CustomerView }> {
    const { customer, admins } = await this.customers.lockAmongAdmins(id);
    const before = customerView(customer);
    const now = this.clock.now();
    if (role !== undefined) customer.appoint(role, admins, now);
    if (active === true) customer.enable(now);
    if (active === false) {
      customer.disable(admins, now);
      await this.endSessions(id);
    }
    return { before, after: customerView(customer) };
  }

  private async endSessions(customerId: string, except?: string): Promise<void> {
    const sessions = await this.sessions.lockAllOf(customerId);
    for (const session of sessions) if (session.id !== except) session.end(this.clock.now());
  }
}

/** Throws ValuesRefused with every broken rule. */
function ensureAcceptable(given: Partial<AccountDetails>, known?: Partial<Names>): void {
  const faults = faultsOf(given, known);
  if (faults.length > 0) throw new ValuesRefused(faults);
}
