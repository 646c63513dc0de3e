import type { RecoveryRequested } from '@holdfast/contracts';
import { AggregateRoot, assign, newId } from '@holdfast/shared-kernel';

export type Purpose = RecoveryRequested['purpose'];

export interface RecoveryRequest {
  purpose: Purpose;
  /** For an e-mail address that nobody has: an id that stands in for the customer's. */
  customerId: string;
  /** False where the id is a stand-in. */
  isKnown: boolean;
  expiresAt: Date;
  at: Date;
}

/**
 * A request to reset a password or to verify an e-mail address: requested → mailed → used, replaced or expired, which
 * removes it.
 *
 * - A customer has one of each purpose: a newer request replaces the older, and with it the older token.
 * - The token is made when the mail is sent, and only its hash is kept, together with the address that it went to.
 * - Each attempt to send has a token of its own, since an earlier attempt may have arrived; each of them serves.
 * - Its use removes the request, so one use is all.
 */
export class Recovery extends AggregateRoot<RecoveryRequested> {
  readonly purpose!: Purpose;
  readonly customerId!: string;
  readonly tokenHashes!: readonly string[];
  readonly requestedAt!: Date;
  readonly expiresAt!: Date;

  private constructor() {
    super();
  }

  static request({ purpose, customerId, isKnown, expiresAt, at }: RecoveryRequest): Recovery {
    const recovery = new Recovery();
    assign<Recovery>(recovery, { id: newId(), purpose, customerId, tokenHashes: [] });
    assign<Recovery>(recovery, { requestedAt: at, updatedAt: at, expiresAt });
    const addressee = isKnown ? customerId : null;
    recovery.record({
      ...{ type: 'account-recovery.requested', recoveryId: recovery.id },
      ...{ purpose, customerId: addressee },
    });
    return recovery;
  }

  /** Adds the token of an attempt to send, which serves until `expiresAt`. False when the request has expired. */
  addToken(hash: string, expiresAt: Date, at: Date): boolean {
    if (this.expiresAt <= at) return false;
    assign<Recovery>(this, { tokenHashes: [...this.tokenHashes, hash], expiresAt });
    this.changed(at);
    return true;
  }

  isOpenedBy(hash: string, at: Date): boolean {
    return this.expiresAt > at && this.tokenHashes.includes(hash);
  }
}
