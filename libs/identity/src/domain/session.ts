import { AggregateRoot, assign, newId } from '@holdfast/shared-kernel';

/**
 * `repeated`: by the token that the current one has just replaced. `reused`: by a token that was replaced before, and
 * is not to be answered again.
 */
export type Refresh = 'refreshed' | 'repeated' | 'reused' | 'refused';

export interface Refreshing {
  /** The end of the token that replaces the current one. */
  expiresAt: Date;
  /** How long the replaced token may be repeated, in milliseconds. */
  grace: number;
  at: Date;
}

/**
 * A log-in that lives on by refresh: open → refreshed … → ended, or expired.
 *
 * - One refresh token is current. Each refresh replaces it with one successor, so each token serves once.
 * - The token that was replaced last may be repeated for a while, and gives the same successor, until that is used.
 * - Any other replaced token that is used again was copied: the session ends for both holders.
 * - No refresh token is stored: the successor is sealed with the token that it replaced, which only its holder has.
 * - An ended session stays ended, and keeps no successor.
 */
export class Session extends AggregateRoot<never> {
  readonly customerId!: string;
  readonly currentTokenId!: string;
  readonly replacedTokenId!: string | null;
  readonly replacedAt!: Date | null;
  /** The current refresh token, sealed with the replaced one. */
  readonly sealedSuccessor!: string | null;
  /** The name that the customer gave the device at the log-in. */
  readonly device!: string | null;
  readonly openedAt!: Date;
  /** The end of the current refresh token. */
  readonly expiresAt!: Date;
  readonly endedAt!: Date | null;

  private constructor() {
    super();
  }

  static open(customerId: string, device: string | null, expiresAt: Date, at: Date): Session {
    const session = new Session();
    assign<Session>(session, { id: newId(), currentTokenId: newId(), customerId, device, expiresAt });
    assign<Session>(session, { replacedTokenId: null, replacedAt: null, sealedSuccessor: null });
    assign<Session>(session, { openedAt: at, updatedAt: at, endedAt: null });
    return session;
  }

  /**
   * Replaces the current token; the caller issues its successor and keeps it with {@link keepSuccessor}. A token that
   * is `reused` ends the session: the caller must commit before it answers with an error, because an error would roll
   * the end back.
   */
  refresh(tokenId: string, { expiresAt, grace, at }: Refreshing): Refresh {
    if (this.endedAt || this.expiresAt <= at || expiresAt <= at) return 'refused';
    if (this.isRepeatable(tokenId, grace, at)) return 'repeated';
    if (tokenId !== this.currentTokenId) {
      this.end(at);
      return 'reused';
    }
    assign<Session>(this, { replacedTokenId: tokenId, replacedAt: at, sealedSuccessor: null });
    assign<Session>(this, { currentTokenId: newId(), expiresAt });
    this.changed(at);
    return 'refreshed';
  }

  keepSuccessor(sealed: string): void {
    assign<Session>(this, { sealedSuccessor: sealed });
  }

  /** False when it has ended before. */
  end(at: Date): boolean {
    if (this.endedAt) return false;
    assign<Session>(this, { endedAt: at, sealedSuccessor: null });
    this.changed(at);
    return true;
  }

  private isRepeatable(tokenId: string, grace: number, at: Date): boolean {
    if (tokenId !== this.replacedTokenId || !this.replacedAt) return false;
    return at.getTime() - this.replacedAt.getTime() <= grace;
  }
}
