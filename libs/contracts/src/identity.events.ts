/**
 * A customer changed the username, the e-mail address or the password; the event carries none of them. A new address
 * is pending at that time.
 */
export interface AccountChanged {
  type: 'identity.account-changed';
  customerId: string;
  /** The account's version after the change. */
  version: number;
  changed: ('username' | 'email' | 'password')[];
}

/** An account is closed: every context erases the personal data that it has of the customer. */
export interface AccountClosed {
  type: 'identity.account-closed';
  customerId: string;
  closedAt: string;
}

export type IdentityEvent = AccountChanged | AccountClosed;
