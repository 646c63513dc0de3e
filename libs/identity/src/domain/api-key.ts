import { AggregateRoot } from '@holdfast/shared-kernel';

export interface ApiKeyDetails {
  name: string;
  scopes: string[];
  expiresAt: Date | null;
}

/**
 * What a machine calls with: issued → revoked, or expired.
 *
 * - It is held only as a SHA-256 of its secret. The secret is 256 random bits: what makes a password's hash slow is that
 *   passwords can be guessed, and this can not; a slow one would cost every request what a log-in costs once.
 * - It opens what its scopes name and nothing else, whoever made it. Revoked is for good.
 */
export class ApiKey extends AggregateRoot {
  readonly name!: string;
  readonly scopes!: string[];
  /** In hex. */
  readonly secretHash!: string;
  /** The admin who made it. */
  readonly createdBy!: string;
  readonly createdAt!: Date;
  readonly expiresAt!: Date | null;
  readonly revokedAt!: Date | null;

  private constructor() {
    super();
  }

  static issue(id: string, details: ApiKeyDetails, secretHash: string, createdBy: string, at: Date): ApiKey {
    const state = { secretHash, createdBy, createdAt: at, updatedAt: at, revokedAt: null };
    return Object.assign(new ApiKey(), { id, ...details, ...state });
  }

  revoke(at: Date): void {
    if (this.revokedAt) return;
    Object.assign(this, { revokedAt: at });
    this.changed(at);
  }
}
