import { AggregateRoot, assign } from '@holdfast/shared-kernel';

export interface ApiKeyDetails {
  name: string;
  scopes: string[];
  expiresAt: Date | null;
}

/**
 * The credential of a machine: issued → revoked, or expired.
 *
 * - Only a SHA-256 of the secret is stored. A slow hash protects passwords because they can be guessed; the secret is
 *   256 random bits, and a slow hash would cost every request what a log-in costs once.
 * - A key opens the routes that its scopes name, and no others, whichever admin issued it.
 * - A revoked key stays revoked.
 */
export class ApiKey extends AggregateRoot<never> {
  readonly name!: string;
  readonly scopes!: string[];
  /** SHA-256 in hex. */
  readonly secretHash!: string;
  /** The admin who issued the key. */
  readonly createdBy!: string;
  readonly createdAt!: Date;
  readonly expiresAt!: Date | null;
  readonly revokedAt!: Date | null;

  private constructor() {
    super();
  }

  static issue(id: string, details: ApiKeyDetails, secretHash: string, createdBy: string, at: Date): ApiKey {
    const key = new ApiKey();
    assign<ApiKey>(key, { id, ...details, secretHash, createdBy, createdAt: at, updatedAt: at, revokedAt: null });
    return key;
  }

  revoke(at: Date): void {
    if (this.revokedAt) return;
    assign<ApiKey>(this, { revokedAt: at });
    this.changed(at);
  }
}
