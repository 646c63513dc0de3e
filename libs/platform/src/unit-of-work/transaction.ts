import type { AggregateRoot } from '@holdfast/shared-kernel';
import type { Socket } from 'node:net';
import type { ClientBase } from 'pg';
import type { DataSource } from 'typeorm';
import type { ObjectChange } from '../audit';
import { log, noteCommitted, type RequestContext } from '../observability';
import { type RecordedEvent, writeEvents } from '../outbox';
import {
  type AggregateMapping,
  arrayLiteral,
  type Change,
  type ClassOf,
  isChanged,
  mappingOf,
  type Row,
  type Statement,
  TableWriter,
} from '../persistence';
import { isConnectionLoss, violatedConstraint } from '../problems';

interface Tracked {
  aggregate: AggregateRoot;
  mapping: AggregateMapping;
  /** As loaded; undefined for a new aggregate. */
  before?: Row;
  childrenBefore: Map<object, Row>;
}

/** It is not known whether the transaction was committed: the connection was lost while COMMIT was under way. */
export class OutcomeUnknown extends Error {
  constructor(cause: unknown) {
    super('the connection was lost at COMMIT', { cause });
  }
}

/**
 * One database transaction and the aggregates that were locked or made in it: an identity map, and a commit that writes
 * every new and changed aggregate with its events.
 */
export class Transaction {
  private readonly tracked = new Map<unknown, Map<string, Tracked>>();
  private readonly states = new Map<AggregateRoot, unknown[]>();
  private events: RecordedEvent[] = [];
  private isCorked = false;

  private constructor(
    private readonly client: ClientBase,
    private readonly writers: Writers,
    /** Rows that another transaction holds are left out instead of waited for. */
    readonly skipsLocked: boolean,
    /** Its connection prepares statements, and takes several without waiting for the answer to each. */
    private readonly pipelines: boolean,
  ) {}

  /**
   * Runs the work in a transaction, and commits it or, when the work throws, rolls it back. Once it is committed,
   * `onEvents` learns of the types of its events.
   */
  static async run<T>(
    client: ClientBase,
    writers: Writers,
    onEvents: (types: string[]) => void,
    work: (transaction: Transaction) => Promise<T>,
    { skipsLocked = false, pipelines = false } = {},
  ): Promise<T> {
    const transaction = new Transaction(client, writers, skipsLocked, pipelines);
    try {
      await client.query('START TRANSACTION');
      const result = await work(transaction);
      await transaction.commit();
      for (const { event } of transaction.events) noteCommitted(event.type);
      if (transaction.events.length) onEvents([...new Set(transaction.events.map(({ event }) => event.type))]);
      return result;
    } catch (error) {
      // A connection that is gone cannot roll back, and has no need to: the server did.
      await client.query('ROLLBACK').catch((failure: unknown) => log.debug({ err: failure }, 'rollback failed'));
      throw error;
    }
  }

  statement: Statement = async <Result>(sql: string, parameters: unknown[]) => {
    if (this.pipelines) this.cork();
    const { rows, rowCount } = await this.client.query({
      name: this.pipelines ? nameOf(sql) : undefined,
      text: sql,
      values: parameters.map((value) => (Array.isArray(value) ? (arrayLiteral(value) ?? (value as unknown)) : value)),
    });
    return { rows: rows as Result[], affected: rowCount ?? 0 };
  };

  /** What is sent at once leaves in one packet: each would cost a system call, and wake the server. */
  private cork(): void {
    if (this.isCorked) return;
    this.isCorked = true;
    const { stream } = (this.client as unknown as { connection: { stream: Socket } }).connection;
    stream.cork();
    process.nextTick(() => {
      this.isCorked = false;
      stream.uncork();
    });
  }

  add(aggregate: AggregateRoot): void {
    this.track({ aggregate, mapping: mappingOf(aggregate.constructor), childrenBefore: new Map() });
  }

  added<T extends AggregateRoot>(target: ClassOf<T>): T[] {
    const kind = [...(this.tracked.get(target)?.values() ?? [])];
    return kind.filter(({ before }) => !before).map(({ aggregate }) => aggregate as T);
  }

  adopt(aggregate: AggregateRoot, children: readonly object[]): void {
    const tracked = this.tracked.get(aggregate.constructor)?.get(aggregate.id);
    if (!tracked) throw new Error('The children of an aggregate that this unit of work does not know.');
    for (const child of children) tracked.childrenBefore.set(child, this.writers.of(child.constructor).rowOf(child));
  }

  /** Those of them that were locked or made here, in id order. */
  known<T extends AggregateRoot>(target: ClassOf<T>, ids: readonly string[]): T[] {
    const kind = this.tracked.get(target);
    return [...new Set(ids)].sort().flatMap((id) => (kind?.get(id)?.aggregate as T | undefined) ?? []);
  }

  unknown(target: ClassOf<AggregateRoot>, ids: readonly string[]): string[] {
    const kind = this.tracked.get(target);
    return ids.filter((id) => !kind?.has(id));
  }

  /** Locks them, in id order, and reads them with their children. */
  async load(target: ClassOf<AggregateRoot>, ids: readonly string[]): Promise<void> {
    const mapping = mappingOf(target);
    const writer = this.writers.of(target);
    const aggregates = await writer.lockAll(ids, this.statement, this.skipsLocked);
    const found = aggregates.map((aggregate): Tracked => {
      return { aggregate, mapping, before: writer.rowOf(aggregate), childrenBefore: new Map() };
    });
    for (const { property, target: child, parentId, loaded } of mapping.children) {
      if (!loaded || !found.length) continue;
      const writerOfChild = this.writers.of(child);
      const parents = found.map(({ aggregate }) => aggregate.id);
      const children = await writerOfChild.belongingTo(parents, parentId, this.statement);
      for (const { aggregate, childrenBefore } of found) {
        const own = children.filter((candidate) => (candidate as Record<string, unknown>)[parentId] === aggregate.id);
        for (const each of own) childrenBefore.set(each, writerOfChild.rowOf(each));
        Object.assign(aggregate, { [property]: own });
      }
    }
    found.forEach((each) => this.track(each));
  }

  /** What an aggregate looked like when it was last looked at. */
  stateOf(aggregate: AggregateRoot): unknown[] {
    return this.states.get(aggregate) ?? this.lookAt(aggregate);
  }

  /** What was read between two turns is nobody's change. */
  lookAfresh(): void {
    this.states.clear();
  }

  /** What it looks like now, as far as it is written: two states that are the same value by value are the same. */
  lookAt(aggregate: AggregateRoot): unknown[] {
    const { target, children } = mappingOf(aggregate.constructor);
    const lengths = children.map(
      ({ property }) => (aggregate as unknown as Record<string, object[]>)[property]?.length,
    );
    const state = [aggregate.revision, ...this.writers.of(target).rowOf(aggregate), ...lengths];
    this.states.set(aggregate, state);
    return state;
  }

  /** What has become of these, for the audit log. */
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

  /** They are not written, nor is what they have recorded. */
  forget(aggregates: Iterable<AggregateRoot>): void {
    for (const { id, constructor } of aggregates) {
      this.tracked.get(constructor)?.delete(id);
      this.events = this.events.filter(({ aggregateId }) => aggregateId !== id);
    }
  }

  /** Takes over what these aggregates have recorded: written at commit, as of this context. */
  takeEvents(aggregates: Iterable<AggregateRoot>, context: RequestContext | undefined): void {
    for (const aggregate of aggregates)
      for (const event of aggregate.takeEvents()) this.events.push({ aggregateId: aggregate.id, event, context });
  }

  /** Writes everything: one statement per kind of new, changed and removed row, parents before children, events last. */
  async flush(): Promise<void> {
    const kinds = [...this.tracked.values()].map((kind) => [...kind.values()]).filter((kind) => kind.length > 0);
    const writes = [
      ...kinds.map((kind) => () => this.writeRoots(kind)),
      ...kinds.map((kind) => () => this.writeChildren(kind)),
      () => writeEvents(this.events, this.statement),
    ];
    if (this.pipelines) await Promise.all(writes.map((write) => write()));
    else for (const write of writes) await write();
  }

  private async commit(): Promise<void> {
    const { command } = await this.client.query('COMMIT').catch((error: unknown) => {
      throw isConnectionLoss(error) ? new OutcomeUnknown(error) : error;
    });
    // The server's answer to COMMIT in a transaction that has failed.
    if (command !== 'COMMIT') throw new Error(`COMMIT was answered ${command}`);
  }

  private track(tracked: Tracked): void {
    const { target } = tracked.mapping;
    const kind = this.tracked.get(target) ?? new Map<string, Tracked>();
    this.tracked.set(target, kind.set(tracked.aggregate.id, tracked));
  }

  private async writeRoots(kind: Tracked[]): Promise<void> {
    const { target, refusals } = kind[0].mapping;
    const fresh: Row[] = [];
    const changes: Change[] = [];
    for (const { aggregate, before } of kind) {
      const after = this.writers.of(target).rowOf(aggregate);
      if (!before) fresh.push(after);
      else if (isChanged({ before, after })) changes.push({ before, after });
    }
    try {
      await this.writers.of(target).insert(fresh, this.statement);
      await this.writers.of(target).update(changes, this.statement);
    } catch (error) {
      const refusal = refusals[violatedConstraint(error) ?? ''];
      throw refusal ? refusal() : error;
    }
  }

  private async writeChildren(kind: Tracked[]): Promise<void> {
    for (const { property, target, swept } of kind[0].mapping.children) {
      const writer = this.writers.of(target);
      const fresh: Row[] = [];
      const changes: Change[] = [];
      const removed: Row[] = [];
      for (const { aggregate, childrenBefore } of kind) {
        const children = new Set((aggregate as unknown as Record<string, object[]>)[property]);
        for (const child of children) {
          const before = childrenBefore.get(child);
          const after = writer.rowOf(child);
          if (!before) fresh.push(after);
          else if (isChanged({ before, after })) changes.push({ before, after });
        }
        for (const [child, before] of childrenBefore)
          if (child instanceof target && !children.has(child)) removed.push(before);
      }
      // First: what is taken out may come back under its key.
      const deleted = await writer.delete(removed, this.statement);
      if (swept) await writer.upsert([...fresh, ...changes.map(({ after }) => after)], this.statement);
      else {
        if (deleted !== removed.length)
          throw new Error(`${removed.length - deleted} rows were not there to be removed`);
        await writer.insert(fresh, this.statement);
        await writer.update(changes, this.statement);
      }
    }
  }
}

const names = new Map<string, string>();

/** The name under which a connection prepares a statement: parsed and planned once. There are as many as use cases need. */
function nameOf(sql: string): string {
  const name = names.get(sql) ?? `s${names.size}`;
  names.set(sql, name);
  return name;
}

/** The table writers of one DataSource, each built at its first use. */
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
