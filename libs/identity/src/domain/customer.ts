import { AggregateRoot, newId } from '@holdfast/shared-kernel';
import { clean, faultsOf, fold, type Names } from './account-rules';
import { CurrentPasswordWrong, LastAdmin } from './identity.errors';

export type Role = 'customer' | 'admin';
export const ROLES: Role[] = ['customer', 'admin'];

export interface Registration extends Names {
  passwordHash: string;
  role: Role;
  at: Date;
}

/** A well-formed Argon2id hash of no known password: whoever has it cannot log in. */
export const UNUSABLE_HASH = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/**
 * registered (active) ⇄ disabled → closed.
 *
 * - Username and e-mail address are its own, whatever the case, width or composition they are written in.
 * - It holds a password only as an Argon2id hash.
 * - A disabled or closed customer does not log in, and the last active admin can become neither.
 * - Closed is for good: the row stays, because orders point to it, without anything that tells who it was.
 */
export class Customer extends AggregateRoot {
  readonly username!: string;
  readonly usernameKey!: string;
  readonly email!: string;
  readonly emailKey!: string;
  private readonly passwordHash!: string;
  readonly role!: Role;
  readonly active!: boolean;
  readonly createdAt!: Date;
  readonly closedAt!: Date | null;

  private constructor() {
    super();
  }

  static register({ username, email, passwordHash, role, at }: Registration): Customer {
    const customer = new Customer();
    customer.take({ username, email });
    Object.assign(customer, {
      id: newId(),
      passwordHash,
      role,
      active: true,
      createdAt: at,
      updatedAt: at,
      closedAt: null,
    });
    return customer;
  }

  get isActiveAdmin(): boolean {
    return this.active && this.role === 'admin';
  }

  /** Whether this hash, against which a password was just checked, is still the one that lets the customer in. */
  isOpenedBy(passwordHash: string): boolean {
    return this.active && this.passwordHash === passwordHash;
  }

  rename(names: Partial<Names>, at: Date): void {
    const { username = this.username, email = this.email } = names;
    if (clean(username) === this.username && clean(email) === this.email) return;
    this.take({ username, email });
    this.changed(at);
  }

  /** `checked` is the hash that the current password was checked against; refused when it has changed since. */
  changePassword(checked: string, passwordHash: string, at: Date): void {
    if (!this.isOpenedBy(checked)) throw new CurrentPasswordWrong();
    Object.assign(this, { passwordHash });
    this.changed(at);
  }

  enable(at: Date): void {
    if (this.active) return;
    Object.assign(this, { active: true });
    this.changed(at);
  }

  /** `admins`: all who are active now, locked, so that none of them steps down at the same time. */
  disable(admins: readonly Customer[], at: Date): void {
    if (!this.active) return;
    this.mustBeDispensable(admins);
    Object.assign(this, { active: false });
    this.changed(at);
  }

  /** See {@link disable} for `admins`. */
  appoint(role: Role, admins: readonly Customer[], at: Date): void {
    if (role === this.role) return;
    this.mustBeDispensable(admins);
    Object.assign(this, { role });
    this.changed(at);
  }

  /** See {@link disable} for `admins`. What it is called from now on is nothing that anyone can register. */
  close(admins: readonly Customer[], at: Date): void {
    this.mustBeDispensable(admins);
    const nobody = `closed:${this.id}`;
    Object.assign(this, { username: nobody, usernameKey: nobody, email: nobody, emailKey: nobody });
    Object.assign(this, { passwordHash: UNUSABLE_HASH, active: false, closedAt: at });
    this.changed(at);
  }

  private take({ username, email }: Names): void {
    // Said to the client, fault by fault, before it comes to this.
    if (faultsOf({ username, email }).length > 0) throw new TypeError('not an acceptable username and e-mail address');
    Object.assign(this, { username: clean(username), usernameKey: fold(username) });
    Object.assign(this, { email: clean(email), emailKey: fold(email) });
  }

  private mustBeDispensable(admins: readonly Customer[]): void {
    const isLast = this.isActiveAdmin && !admins.some((admin) => admin.isActiveAdmin && admin.id !== this.id);
    if (isLast) throw new LastAdmin();
  }
}
