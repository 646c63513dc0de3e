import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import type { DomainEvent } from '@holdfast/shared-kernel';
import { type EventMeta, ON_EVENT, type Subscription } from './on-event';

export interface Handler {
  name: string;
  outside: boolean;
  handle(event: DomainEvent, meta: EventMeta): Promise<unknown>;
}

/** The methods of this process that {@link OnEvent} subscribes to events. */
@Injectable()
export class EventHandlers {
  private discovered?: { all: Map<string, Handler[]>; outsideTypes: string[] };

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  /** Handlers that stay inside the database come first: they are quick and wait for no answer from outside. */
  of(type: string): Handler[] {
    return this.known.all.get(type) ?? [];
  }

  /** The types of events that at least one handler takes outside. */
  get outsideTypes(): string[] {
    return this.known.outsideTypes;
  }

  /** Discovered at first use, when Nest has made every provider. */
  private get known() {
    if (this.discovered) return this.discovered;
    const all = this.discover();
    const outsideTypes = [...all].filter(([, handlers]) => handlers.some(({ outside }) => outside));
    return (this.discovered = { all, outsideTypes: outsideTypes.map(([type]) => type) });
  }

  private discover(): Map<string, Handler[]> {
    const handlers = new Map<string, Handler[]>();
    for (const { instance, metatype } of this.discovery.getProviders()) {
      if (!instance || typeof metatype !== 'function' || !metatype.prototype) continue;
      const methods = instance as Record<string, Handler['handle']>;
      for (const method of this.scanner.getAllMethodNames(metatype.prototype as object)) {
        const subscription = this.reflector.get<Subscription | undefined>(ON_EVENT, methods[method]);
        if (!subscription) continue;
        const { type, outside } = subscription;
        const handler = { name: `${metatype.name}.${method}`, outside, handle: methods[method].bind(instance) };
        handlers.set(
          type,
          [...(handlers.get(type) ?? []), handler].sort((a, b) => +a.outside - +b.outside),
        );
      }
    }
    return handlers;
  }
}
