/** A customer changed the username, the e-mail address or the password; the event carries none of them. */
export interface AccountChanged {
  type: 'identity.account-changed';
  customerId: string;
  /** The account's version after the change. */
  version: number;
  changed: ('username' | 'email' | 'password')[];
}

export type IdentityEvent = AccountChanged;
