/**
 * An event that an aggregate has recorded. `type` is `<context>.<what-happened>`; the rest is the published payload.
 */
export interface DomainEvent {
  readonly type: string;
}

/**
 * The base of every aggregate: an id, a version that counts its changes, and its recorded events, which the unit of
 * work takes at commit.
 */
export abstract class AggregateRoot<Event extends DomainEvent = DomainEvent> {
  readonly id!: string;
  readonly version: number = 1;
  readonly updatedAt!: Date;
  private events: Event[] = [];

  /**
   * Rises with every change, also with one outside the columns. The unit of work compares it to find who changed what.
   */
  get revision(): number {
    return this.version;
  }

  /**
   * Every transition calls it: the version is the ETag, which `If-Match` is compared with. `updatedAt` never goes back,
   * even though the clocks of two processes may differ.
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
