import { AggregateRoot, assign, newId } from '@holdfast/shared-kernel';

/** `reused`: by a token that was replaced before. */
export type Refresh = 'refreshed' | 'reused' | 'refused';

/**
 * A log-in that lives on by refresh: open → refreshed … → ended, or expired.
 *
 * - One refresh token is current. Each refresh replaces it, so each token serves once.
 * - A replaced token that is used again was copied: the session ends for both holders.
 * - An ended session stays ended.
 */
export class Session extends AggregateRoot<never> {
  readonly customerId!: string;
  readonly currentTokenId!: string;
  readonly openedAt!: Date;
  /** The end of the current refresh token. */
  readonly expiresAt!: Date;
  readonly endedAt!: Date | null;

  private constructor() {
    super();
  }

  static open(customerId: string, expiresAt: Date, at: Date): Session {
    const session = new Session();
    assign<Session>(session, { id: newId(), currentTokenId: newId(), customerId, expiresAt });
    assign<Session>(session, { openedAt: at, updatedAt: at, endedAt: null });
    return session;
  }

  /**
   * Replaces the current token with one that ends at `expiresAt`. A token that is `reused` ends the session: the caller
   * must commit before it answers with an error, because an error would roll the end back.
   */
  refresh(tokenId: string, expiresAt: Date, at: Date): Refresh {
    if (this.endedAt || this.expiresAt <= at || expiresAt <= at) return 'refused';
    if (tokenId !== this.currentTokenId) {
      this.end(at);
      return 'reused';
    }
    assign<Session>(this, { currentTokenId: newId(), expiresAt });
    this.changed(at);
    return 'refreshed';
  }

  /** False when it has ended before. */
  end(at: Date): boolean {
    if (this.endedAt) return false;
    assign<Session>(this, { endedAt: at });
    this.changed(at);
    return true;
  }
}
