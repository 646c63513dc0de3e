/** What an aggregate says has happened; `type` is `<context>.<what-happened>`, the rest is its published payload. */
export interface DomainEvent {
  readonly type: string;
}

/**
 * The base of every aggregate: an identity, a version that counts its changes, and the events it has recorded.
 * The unit of work takes the events when it commits.
 */
export abstract class AggregateRoot<Event extends DomainEvent = DomainEvent> {
  readonly id!: string;
  readonly version: number = 1;
  readonly updatedAt!: Date;
  private events: Event[] = [];

  /** Rises with every change, be it in a column or not: how the unit of work tells whose change it was. */
  get revision(): number {
    return this.version;
  }

  /**
   * Called by every transition: the version is the ETag and what `If-Match` is compared with. What happens later is never
   * dated earlier: the clocks of two processes may differ.
   */
  protected changed(at: Date): void {
    (this as { version: number }).version += 1;
    if (!(at < this.updatedAt)) (this as { updatedAt: Date }).updatedAt = at;
  }

  protected record(event: Event): void {
    this.events.push(event);
  }

  takeEvents(): Event[] {
    return this.events.splice(0);
  }
}
