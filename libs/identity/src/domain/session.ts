import { AggregateRoot, newId } from '@holdfast/shared-kernel';

/**
 * A log-in that lives on by refresh: open → refreshed … → ended, or expired.
 *
 * - One refresh token is current; each refresh replaces it, so each serves once.
 * - One that was replaced and comes again has been copied: the session ends, for the thief and the owner alike.
 * - Ended is for good.
 */
export class Session extends AggregateRoot {
  readonly customerId!: string;
  readonly currentTokenId!: string;
  readonly openedAt!: Date;
  /** When the current refresh token does. */
  readonly expiresAt!: Date;
  readonly endedAt!: Date | null;

  private constructor() {
    super();
  }

  static open(customerId: string, expiresAt: Date, at: Date): Session {
    const ids = { id: newId(), currentTokenId: newId() };
    return Object.assign(new Session(), { ...ids, customerId, openedAt: at, updatedAt: at, expiresAt, endedAt: null });
  }

  /**
   * Replaces the current token. False refuses, and may have ended the session: the caller commits before it tells,
   * because an error would undo that.
   */
  refresh(tokenId: string, expiresAt: Date, at: Date): boolean {
    if (this.endedAt || this.expiresAt <= at) return false;
    if (tokenId !== this.currentTokenId) {
      this.end(at);
      return false;
    }
    Object.assign(this, { currentTokenId: newId(), expiresAt });
    this.changed(at);
    return true;
  }

  end(at: Date): void {
    if (this.endedAt) return;
    Object.assign(this, { endedAt: at });
    this.changed(at);
  }
}
