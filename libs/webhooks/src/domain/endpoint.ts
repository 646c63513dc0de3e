import { AggregateRoot } from '@holdfast/shared-kernel';

export interface EndpointDetails {
  url: string;
  description: string | null;
  /** `ordering.order-placed`, or `ordering.*` for all of a context; none at all means every event. */
  eventTypes: string[];
}

/** How long a secret that was replaced signs beside the new one. */
export const ROTATION_OVERLAP_MS = 24 * 3_600_000;

/**
 * Where a subscriber is told of events: active ⇄ disabled, until it is removed.
 *
 * - Secrets are held sealed. One that was replaced signs beside the new one for a day; one before that no more.
 * - An endpoint is disabled by an admin, or by answering 410. Then it gets nothing, and nothing is kept for it.
 */
export class Endpoint extends AggregateRoot {
  readonly url!: string;
  readonly description!: string | null;
  readonly eventTypes!: string[];
  readonly active!: boolean;
  readonly disabledBecause!: string | null;
  readonly secret!: string;
  readonly previousSecret!: string | null;
  readonly previousSecretEndsAt!: Date | null;
  readonly createdAt!: Date;

  private constructor() {
    super();
  }

  static register(id: string, details: EndpointDetails, secret: string, at: Date): Endpoint {
    const secrets = { secret, previousSecret: null, previousSecretEndsAt: null };
    const state = { active: true, disabledBecause: null, createdAt: at, updatedAt: at };
    return Object.assign(new Endpoint(), { id, ...details, ...secrets, ...state });
  }

  change(details: Partial<EndpointDetails>, at: Date): void {
    Object.assign(this, details);
    this.changed(at);
  }

  rotateSecret(secret: string, at: Date): void {
    const previousSecretEndsAt = new Date(at.getTime() + ROTATION_OVERLAP_MS);
    Object.assign(this, { previousSecret: this.secret, previousSecretEndsAt, secret });
    this.changed(at);
  }

  enable(at: Date): void {
    if (this.active) return;
    Object.assign(this, { active: true, disabledBecause: null });
    this.changed(at);
  }

  /** The caller ends what waits for it in the same unit of work. */
  disable(because: string, at: Date): void {
    if (!this.active) return;
    Object.assign(this, { active: false, disabledBecause: because });
    this.changed(at);
  }
}
