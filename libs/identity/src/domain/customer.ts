import type { AccountChanged, IdentityEvent } from '@holdfast/contracts';
import { AggregateRoot, assign, newId } from '@holdfast/shared-kernel';
import { clean, faultsOf, fold, isLookalike, type Names } from './account-rules';
import { CurrentPasswordWrong, LastAdmin, UsernameTaken } from './identity.errors';

export type Role = 'customer' | 'admin';
export const ROLES: Role[] = ['customer', 'admin'];

export interface Registration extends Names {
  passwordHash: string;
  role: Role;
  at: Date;
}

export interface AccountChange extends Partial<Names> {
  passwordHash?: string;
}

/** A well-formed Argon2id hash of no known password: an account with it admits nobody. */
export const UNUSABLE_HASH = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/**
 * registered (active) ⇄ disabled → closed.
 *
 * - Username and e-mail address are unique, whatever the case, width or composition they are written in.
 * - No username looks like the username of an admin.
 * - A changed address is pending, and reserves nothing, until it is verified. Until then the old address stays.
 * - A password is stored only as an Argon2id hash.
 * - A disabled or closed customer cannot log in, and the last active admin can be neither disabled nor closed.
 * - A closed account stays closed. Its row stays, because orders point to it, without any personal data.
 */
export class Customer extends AggregateRoot<IdentityEvent> {
  readonly username!: string;
  readonly usernameKey!: string;
  readonly email!: string;
  readonly emailKey!: string;
  readonly emailVerified!: boolean;
  /** The address that replaces `email` once it is verified. */
  readonly pendingEmail!: string | null;
  private passwordHash!: string;
  readonly role!: Role;
  readonly active!: boolean;
  readonly createdAt!: Date;
  readonly closedAt!: Date | null;

  private constructor() {
    super();
  }

  static register({ username, email, passwordHash, role, at }: Registration): Customer {
    const customer = new Customer();
    customer.setNames({ username, email });
    customer.passwordHash = passwordHash;
    assign<Customer>(customer, { emailVerified: false, pendingEmail: null });
    assign<Customer>(customer, { id: newId(), role, active: true, createdAt: at, updatedAt: at, closedAt: null });
    return customer;
  }

  /** The address that a verification is for; undefined when none is left to verify. */
  get emailToVerify(): string | undefined {
    return this.pendingEmail ?? (this.emailVerified ? undefined : this.email);
  }

  get isActiveAdmin(): boolean {
    return this.active && this.role === 'admin';
  }

  /** Whether the customer may log in with the password of this hash, which was checked without a lock. */
  isOpenedBy(passwordHash: string): boolean {
    return this.active && this.passwordHash === passwordHash;
  }

  /** Throws UsernameTaken when readers may take the customer for one of these admins. */
  ensureUnlike(admins: readonly { id: string; username: string }[]): void {
    const isLike = ({ id, username }: { id: string; username: string }): boolean =>
      id !== this.id && isLookalike(username, this.username);
    if (admins.some(isLike)) throw new UsernameTaken();
  }

  /** Throws CurrentPasswordWrong unless `checkedHash`, which the given password was checked against, is current. */
  ensureOpenedBy(checkedHash: string): void {
    if (!this.isOpenedBy(checkedHash)) throw new CurrentPasswordWrong();
  }

  /**
   * Changes what is given, and returns what that was. An address is pending from then on; the present one ends a
   * pending change. For `checkedHash` see {@link ensureOpenedBy}.
   */
  change({ username, email, passwordHash }: AccountChange, checkedHash: string, at: Date): AccountChanged['changed'] {
    this.ensureOpenedBy(checkedHash);
    const wanted = this.pendingEmail ?? this.email;
    const names = { username: clean(username ?? this.username), email: clean(email ?? wanted) };
    const changed: AccountChanged['changed'] = [];
    if (names.username !== this.username) changed.push('username');
    if (names.email !== wanted) changed.push('email');
    if (passwordHash !== undefined) changed.push('password');
    if (!changed.length) return changed;
    ensureAcceptable(names);
    this.setNames({ ...names, email: this.email });
    assign<Customer>(this, { pendingEmail: names.email === this.email ? null : names.email });
    this.passwordHash = passwordHash ?? this.passwordHash;
    this.changed(at);
    this.record({ type: 'identity.account-changed', customerId: this.id, version: this.version, changed });
    return changed;
  }

  /** Replaces a forgotten password. A pending address is dropped: someone who knew the old password may have set it. */
  resetPassword(passwordHash: string, at: Date): void {
    this.passwordHash = passwordHash;
    assign<Customer>(this, { pendingEmail: null });
    this.changed(at);
    const changed: AccountChanged['changed'] = ['password'];
    this.record({ type: 'identity.account-changed', customerId: this.id, version: this.version, changed });
  }

  /** Makes the address the customer's own. False unless it is the one to verify. */
  verifyEmail(address: string, at: Date): boolean {
    if (address !== this.emailToVerify) return false;
    this.setNames({ username: this.username, email: address });
    assign<Customer>(this, { emailVerified: true, pendingEmail: null });
    this.changed(at);
    return true;
  }

  enable(at: Date): void {
    if (this.active) return;
    assign<Customer>(this, { active: true });
    this.changed(at);
  }

  /** `admins` are all active admins, locked, so that no two of them step down at the same time. Throws LastAdmin. */
  disable(admins: readonly Customer[], at: Date): void {
    if (!this.active) return;
    this.ensureAdminLeft(admins);
    assign<Customer>(this, { active: false });
    this.changed(at);
  }

  /** For `admins` see {@link disable}. Throws LastAdmin, UsernameTaken. */
  appoint(role: Role, admins: readonly Customer[], at: Date): void {
    if (role === this.role) return;
    if (role === 'admin') this.ensureUnlike(admins);
    this.ensureAdminLeft(admins);
    assign<Customer>(this, { role });
    this.changed(at);
  }

  /** Replaces the names with one that cannot be registered. For `admins` see {@link disable}. Throws LastAdmin. */
  close(admins: readonly Customer[], at: Date): void {
    this.ensureAdminLeft(admins);
    const nobody = `closed:${this.id}`;
    assign<Customer>(this, { username: nobody, usernameKey: nobody, email: nobody, emailKey: nobody });
    assign<Customer>(this, { emailVerified: false, pendingEmail: null });
    assign<Customer>(this, { active: false, closedAt: at });
    this.passwordHash = UNUSABLE_HASH;
    this.changed(at);
    this.record({ type: 'identity.account-closed', customerId: this.id, closedAt: at.toISOString() });
  }

  private setNames({ username, email }: Names): void {
    ensureAcceptable({ username, email });
    assign<Customer>(this, { username: clean(username), usernameKey: fold(username) });
    assign<Customer>(this, { email: clean(email), emailKey: fold(email) });
  }

  private ensureAdminLeft(admins: readonly Customer[]): void {
    const isLast = this.isActiveAdmin && !admins.some((admin) => admin.isActiveAdmin && admin.id !== this.id);
    if (isLast) throw new LastAdmin();
  }
}

/** Services report each fault to the client; this is the last line of defence. */
function ensureAcceptable(names: Names): void {
  if (faultsOf(names).length > 0) throw new TypeError('not an acceptable username and e-mail address');
}
