import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { newId } from '@holdfast/shared-kernel';
import { LRUCache } from 'lru-cache';
import { metrics, OutboxSignal, OwnWrites, requestContext } from '@holdfast/platform';
import { SharedRedis } from '@holdfast/platform/limits';
import { KeptAnswer } from './kept-answer';

declare module '@holdfast/platform/observability' {
  interface RequestContext {
    /** The answer that a cache of this process had in memory, and a way to look for it again. */
    kept?: { answer: KeptAnswer; lookAgain: () => KeptAnswer | undefined };
  }
}

/** The JSON of a T, ready to be sent. */
export type Json<T> = string & { readonly of?: T };

/** Characters, keys included, that one cache keeps in the memory of a process; compressed copies come on top. */
const MEMORY_LIMIT = 32 * 1024 * 1024;

interface Found {
  answer?: string;
  /** Changes whenever the cache is emptied; undefined while there is nowhere to keep anything. */
  generation?: string;
}

/** Keeps answers. A store may lose any of them at any time, and never fails. */
interface Store {
  /** The answer in the memory of this process. */
  atHand?(key: string): KeptAnswer | undefined;
  find(key: string): Promise<Found>;
  /** Keeps an answer that was loaded in the given generation, unless that generation is over. */
  keep(key: string, answer: string, generation: string): void;
  empty(): void;
}

/**
 * Cache-aside for answers that are the same for all callers: in Redis if configured, otherwise in the memory of the
 * process. The outbox's signal empties it. A signal may be lost, so the time to live bounds the age of an answer.
 */
@Injectable()
export class AnswerCaches implements OnApplicationBootstrap {
  private isListening = false;

  constructor(
    private readonly redis: SharedRedis,
    private readonly signal: OutboxSignal,
    private readonly ownWrites: OwnWrites,
  ) {}

  /** `ttl` in milliseconds, 0 for a cache that keeps nothing; emptied by the events whose type passes `emptiedBy`. */
  open(name: string, ttl: number, emptiedBy: (eventType: string) => boolean): AnswerCache {
    this.ownWrites.outlast(ttl);
    if (ttl === 0) return new AnswerCache(name);
    const shared = this.redis.isConfigured;
    this.isListening ||= !shared;
    const listen = () => void this.signal.listen();
    const cache = new AnswerCache(
      name,
      shared ? new RedisStore(this.redis, `holdfast:${name}`, ttl) : new MemoryStore(ttl, listen),
    );
    // The process that made a change empties the shared cache; each process empties its own memory.
    this.signal.subscribe((types, isOwn) => {
      if ((isOwn || !shared) && types.some(emptiedBy)) cache.empty();
    });
    return cache;
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.isListening) await this.signal.listen();
  }
}

export class AnswerCache {
  private readonly loading = new Map<string, Promise<string>>();

  constructor(
    private readonly name: string,
    private readonly store?: Store,
  ) {}

  /** The answer kept under the key, or the one that `load` gets, once for all concurrent callers. */
  async get<T>(key: string, load: () => Promise<T>): Promise<Json<T>> {
    const loadText = async () => JSON.stringify(await load());
    if (!this.store) return loadText();
    const kept = this.atHand(key);
    if (kept) return kept.text;
    const { answer, generation } = await this.store.find(key);
    this.count(answer === undefined ? 'miss' : 'hit');
    if (answer !== undefined) return answer;
    // A caller after a change does not join a load that began before it.
    const flight = `${generation} ${key}`;
    const underWay = this.loading.get(flight);
    if (underWay) return underWay;
    const loading = loadText();
    this.loading.set(flight, loading);
    try {
      const loaded = await loading;
      if (generation !== undefined) this.store.keep(key, loaded, generation);
      return loaded;
    } finally {
      if (this.loading.get(flight) === loading) this.loading.delete(flight);
    }
  }

  /** The answer kept under the key in the memory of this process; the request's context remembers it. */
  private atHand(key: string): KeptAnswer | undefined {
    const answer = this.store?.atHand?.(key);
    if (!answer) return undefined;
    this.count('hit');
    const request = requestContext.getStore();
    if (request) request.kept = { answer, lookAgain: () => this.atHand(key) };
    return answer;
  }

  private count(result: 'hit' | 'miss'): void {
    metrics.cacheRequests.inc({ cache: this.name, result });
  }

  empty(): void {
    this.loading.clear();
    this.store?.empty();
  }
}

class MemoryStore implements Store {
  private generation = newId();
  private readonly answers: LRUCache<string, KeptAnswer>;

  constructor(
    ttl: number,
    private readonly onMiss: () => void,
  ) {
    const sizeCalculation = ({ text }: KeptAnswer, key: string) => text.length + key.length;
    this.answers = new LRUCache({ ttl, maxSize: MEMORY_LIMIT, sizeCalculation });
  }

  atHand(key: string): KeptAnswer | undefined {
    return this.answers.get(key);
  }

  async find(): Promise<Found> {
    this.onMiss();
    return { generation: this.generation };
  }

  keep(key: string, answer: string, generation: string): void {
    if (generation === this.generation) this.answers.set(key, new KeptAnswer(answer));
  }

  empty(): void {
    this.generation = newId();
    this.answers.clear();
  }
}

/** A new generation empties the store: answers of the old one are ignored, and expire. */
class RedisStore implements Store {
  constructor(
    private readonly redis: SharedRedis,
    private readonly name: string,
    private readonly ttl: number,
  ) {}

  async find(key: string): Promise<Found> {
    const found = await this.redis.attempt((client) => client.mget(this.generationKey, this.keyOf(key)));
    if (!found) return {};
    const generation = found[0] ?? '';
    const mark = `${generation} `;
    return { generation, answer: found[1]?.startsWith(mark) ? found[1].slice(mark.length) : undefined };
  }

  keep(key: string, answer: string, generation: string): void {
    void this.redis.attempt((client) => client.set(this.keyOf(key), `${generation} ${answer}`, 'PX', this.ttl));
  }

  empty(): void {
    void this.redis.attempt((client) => client.set(this.generationKey, newId()));
  }

  private get generationKey(): string {
    return `${this.name}:generation`;
  }

  private keyOf(key: string): string {
    return `${this.name}:answer:${key}`;
  }
}
