import { AggregateRoot, assign } from '@holdfast/shared-kernel';

export interface EndpointDetails {
  url: string;
  description: string | null;
  /** `ordering.order-placed`, or `ordering.*` for a whole context; an empty list means every event. */
  eventTypes: string[];
}

/** A replaced secret signs beside the new one for this long. */
export const ROTATION_OVERLAP_MS = 24 * 3_600_000;

/**
 * A subscriber's URL for events: active ⇄ disabled, until it is removed.
 *
 * - Secrets are stored encrypted. A replaced secret signs beside the new one for a day; older secrets never sign.
 * - An admin, or the answer 410, disables an endpoint. A disabled endpoint gets no events, then or later.
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
    const endpoint = new Endpoint();
    assign<Endpoint>(endpoint, {
      ...details,
      ...{ id, secret, previousSecret: null, previousSecretEndsAt: null },
      ...{ active: true, disabledBecause: null, createdAt: at, updatedAt: at },
    });
    return endpoint;
  }

  change(details: Partial<EndpointDetails>, at: Date): void {
    assign<Endpoint>(this, details);
    this.changed(at);
  }

  rotateSecret(secret: string, at: Date): void {
    const previousSecretEndsAt = new Date(at.getTime() + ROTATION_OVERLAP_MS);
    assign<Endpoint>(this, { previousSecret: this.secret, previousSecretEndsAt, secret });
    this.changed(at);
  }

  enable(at: Date): void {
    if (this.active) return;
    assign<Endpoint>(this, { active: true, disabledBecause: null });
    this.changed(at);
  }

  /** The caller ends the pending deliveries in the same unit of work. */
  disable(because: string, at: Date): void {
    if (!this.active) return;
    assign<Endpoint>(this, { active: false, disabledBecause: because });
    this.changed(at);
  }
}
