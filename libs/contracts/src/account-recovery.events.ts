/** A mail with a one-time token was asked for; the event carries neither the token nor the address. */
export interface RecoveryRequested {
  type: 'account-recovery.requested';
  recoveryId: string;
  purpose: 'password-reset' | 'email-verification';
  /** Null when no customer has the address that was given: nothing is sent. */
  customerId: string | null;
}
