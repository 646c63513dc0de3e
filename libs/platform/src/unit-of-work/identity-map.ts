import type { AggregateRoot, DomainError } from '@holdfast/shared-kernel';
import type { DataSource } from 'typeorm';
import type { ObjectChange } from '../audit';
import type { RequestContext } from '../observability';
import { type RecordedEvent, writeEvents } from '../outbox';
import {
  type AggregateMapping,
  type Change,
  type ClassOf,
  isChanged,
  mappingOf,
  type Row,
  type Statement,
  TableWriter,
} from '../persistence';
import { violatedConstraint } from '../problems';

interface Tracked {
  aggregate: AggregateRoot;
  mapping: AggregateMapping;
  /** The row as loaded. A new aggregate has none. */
  before?: Row;
  childrenBefore: Map<object, Row>;
}

/** The collections of an aggregate, by the names that its mapping gives. */
const collectionsOf = (aggregate: AggregateRoot) => aggregate as unknown as Record<string, object[] | undefined>;

/**
 * The aggregates of one transaction: every row has one instance. The flush writes all that is new, changed or removed,
 * and the recorded events.
 */
export class IdentityMap {
  private readonly tracked = new Map<unknown, Map<string, Tracked>>();
  private readonly states = new Map<AggregateRoot, unknown[]>();
  private events: RecordedEvent[] = [];

  constructor(
    private readonly writers: Writers,
    private readonly transaction: {
      readonly statement: Statement;
      readonly skipsLocked: boolean;
      inOrder(writes: (() => Promise<void>)[]): Promise<void>;
    },
  ) {}

  add(aggregate: AggregateRoot): void {
    this.track({ aggregate, mapping: mappingOf(aggregate.constructor), childrenBefore: new Map() });
  }

  added<T extends AggregateRoot>(target: ClassOf<T>): T[] {
    const kind = [...(this.tracked.get(target)?.values() ?? [])];
    return kind.filter(({ before }) => !before).map(({ aggregate }) => aggregate as T);
  }

  adopt(aggregate: AggregateRoot, children: readonly object[]): void {
    const tracked = this.tracked.get(aggregate.constructor)?.get(aggregate.id);
    if (!tracked) throw new Error('This unit of work does not know the aggregate: lock or add it before its children.');
    for (const child of children) tracked.childrenBefore.set(child, this.writers.of(child.constructor).rowOf(child));
  }

  /** The aggregates with these ids that were locked or added here, in id order. */
  known<T extends AggregateRoot>(target: ClassOf<T>, ids: readonly string[]): T[] {
    const kind = this.tracked.get(target);
    return [...new Set(ids)].sort().flatMap((id) => (kind?.get(id)?.aggregate as T | undefined) ?? []);
  }

  missing(target: ClassOf<AggregateRoot>, ids: readonly string[]): string[] {
    const kind = this.tracked.get(target);
    return ids.filter((id) => !kind?.has(id));
  }

  /** Locks the aggregates in id order, and reads them with their children. */
  async load(target: ClassOf<AggregateRoot>, ids: readonly string[]): Promise<void> {
    const { statement, skipsLocked } = this.transaction;
    const mapping = mappingOf(target);
    const writer = this.writers.of(target);
    const aggregates = await writer.lockAll(ids, statement, skipsLocked);
    const found = aggregates.map((aggregate): Tracked => {
      return { aggregate, mapping, before: writer.rowOf(aggregate), childrenBefore: new Map() };
    });
    for (const { property, target: child, parentId, loaded } of mapping.children) {
      if (!loaded || !found.length) continue;
      const writerOfChild = this.writers.of(child);
      const parents = found.map(({ aggregate }) => aggregate.id);
      const children = await writerOfChild.belongingTo(parents, parentId, statement);
      for (const { aggregate, childrenBefore } of found) {
        const own = children.filter((candidate) => (candidate as Record<string, unknown>)[parentId] === aggregate.id);
        for (const each of own) childrenBefore.set(each, writerOfChild.rowOf(each));
        collectionsOf(aggregate)[property] = own;
      }
    }
    found.forEach((each) => this.track(each));
  }

  /** Reads the columns of locked aggregates that their lock has left out. */
  async complete(target: ClassOf<AggregateRoot>, aggregates: readonly AggregateRoot[]): Promise<void> {
    const writer = this.writers.of(target);
    const asked = new Set(aggregates);
    const locked = [...(this.tracked.get(target)?.values() ?? [])].filter(
      (each) => each.before && asked.has(each.aggregate),
    );
    await writer.complete(
      new Map(locked.map(({ aggregate }) => [aggregate.id, aggregate])),
      this.transaction.statement,
    );
    for (const each of locked) each.before = writer.completed(each.before!, each.aggregate);
  }

  /** The state of an aggregate when it was last read. */
  stateOf(aggregate: AggregateRoot): unknown[] {
    return this.states.get(aggregate) ?? this.readState(aggregate);
  }

  /** The state of an aggregate now, as far as it is written. Equal states are equal value by value. */
  readState(aggregate: AggregateRoot): unknown[] {
    const { target, children } = mappingOf(aggregate.constructor);
    const state: unknown[] = [aggregate.revision];
    this.writers.of(target).addState(aggregate, state);
    for (const { property } of children) state.push(collectionsOf(aggregate)[property]?.length);
    this.states.set(aggregate, state);
    return state;
  }

  /** Children that are loaded between two turns change an aggregate's state, and count as no unit's change. */
  forgetStates(): void {
    this.states.clear();
  }

  /** Names the changed fields of each aggregate, for the audit log. */
  changesOf(aggregates: Iterable<AggregateRoot>): ObjectChange[] {
    return [...aggregates].map((aggregate) => {
      const { target } = mappingOf(aggregate.constructor);
      const before = this.tracked.get(aggregate.constructor)?.get(aggregate.id)?.before;
      const writer = this.writers.of(target);
      const changed = writer.changedProperties(before, writer.rowOf(aggregate));
      const fields = changed.filter((field) => field !== 'version' && field !== 'updatedAt');
      return { objectType: target.name, objectId: aggregate.id, fields };
    });
  }

  /** Neither the aggregates nor their recorded events are written. */
  forget(aggregates: Iterable<AggregateRoot>): void {
    for (const { id, constructor } of aggregates) {
      this.tracked.get(constructor)?.delete(id);
      this.events = this.events.filter(({ aggregateId }) => aggregateId !== id);
    }
  }

  /** Takes the events that the aggregates have recorded. They are written with this context. */
  takeEvents(aggregates: Iterable<AggregateRoot>, context: RequestContext | undefined): void {
    for (const aggregate of aggregates)
      for (const event of aggregate.takeEvents()) this.events.push({ aggregateId: aggregate.id, event, context });
  }

  get eventTypes(): string[] {
    return this.events.map(({ event }) => event.type);
  }

  /** Writes everything, a statement for each kind of row: aggregates by their mappings, children, then events. */
  async flush(): Promise<void> {
    const kinds = [...this.tracked.values()].map((kind) => [...kind.values()]).filter((kind) => kind.length > 0);
    kinds.sort(([one], [other]) => one.mapping.position - other.mapping.position);
    await this.transaction.inOrder([
      ...kinds.map((kind) => () => this.writeRoots(kind)),
      ...kinds.map((kind) => () => this.writeChildren(kind)),
      () => writeEvents(this.events, this.transaction.statement),
    ]);
  }

  /** The domain error that a violated constraint of one of the aggregates means. */
  refusalOf(error: unknown): DomainError | undefined {
    const constraint = violatedConstraint(error);
    if (constraint === undefined) return undefined;
    const targets = [...this.tracked.keys()].map((target) => mappingOf(target));
    return targets.find(({ refusals }) => constraint in refusals)?.refusals[constraint]();
  }

  private track(tracked: Tracked): void {
    const { target } = tracked.mapping;
    const kind = this.tracked.get(target) ?? new Map<string, Tracked>();
    this.tracked.set(target, kind.set(tracked.aggregate.id, tracked));
  }

  private async writeRoots(kind: Tracked[]): Promise<void> {
    const writer = this.writers.of(kind[0].mapping.target);
    const fresh: Row[] = [];
    const changes: Change[] = [];
    for (const { aggregate, before } of kind) {
      const after = writer.rowOf(aggregate);
      if (!before) fresh.push(after);
      else if (isChanged({ before, after })) changes.push({ before, after });
    }
    await writer.insert(fresh, this.transaction.statement);
    await writer.update(changes, this.transaction.statement);
  }

  private async writeChildren(kind: Tracked[]): Promise<void> {
    const { statement } = this.transaction;
    for (const { property, target, swept } of kind[0].mapping.children) {
      const writer = this.writers.of(target);
      const fresh: Row[] = [];
      const changes: Change[] = [];
      const removed: Row[] = [];
      for (const { aggregate, childrenBefore } of kind) {
        const children = new Set(collectionsOf(aggregate)[property]);
        for (const child of children) {
          const before = childrenBefore.get(child);
          const after = writer.rowOf(child);
          if (!before) fresh.push(after);
          else if (isChanged({ before, after })) changes.push({ before, after });
        }
        for (const [child, before] of childrenBefore)
          if (child instanceof target && !children.has(child)) removed.push(before);
      }
      // Removals come first: a new child may take the key of a removed one.
      const deleted = removed.length ? await writer.delete(removed, statement) : 0;
      if (swept) await writer.upsert([...fresh, ...changes.map(({ after }) => after)], statement);
      else {
        if (deleted !== removed.length)
          throw new Error(`${removed.length - deleted} of ${removed.length} removed rows were gone already`);
        await writer.insert(fresh, statement);
        await writer.update(changes, statement);
      }
    }
  }
}

/** The table writers of one DataSource. Each is built at its first use. */
export class Writers {
  private readonly writers = new Map<unknown, unknown>();

  constructor(private readonly dataSource: DataSource) {}

  of<T extends object>(target: ClassOf<T>): TableWriter<T> {
    const known = this.writers.get(target) as TableWriter<T> | undefined;
    const writer = known ?? new TableWriter<T>(this.dataSource, target);
    this.writers.set(target, writer);
    return writer;
  }
}
