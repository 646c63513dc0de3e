import type { FastifyInstance } from 'fastify';

/** Knows the methods of every route, so that a wrong method gets 405 with `Allow`, and only a wrong path 404. */
export class RouteTable {
  private readonly methods = new Map<string, { pattern: RegExp; methods: Set<string> }>();

  /** To be called before the first route is added. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ url, method }) => {
      if (url.includes('*')) return; // a catch-all is not a resource
      const known = this.methods.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
      [method].flat().forEach((each) => known.methods.add(each));
      this.methods.set(url, known);
    });
  }

  methodsAt(path: string): string[] {
    const found = [...this.methods.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort();
  }
}

const patternOf = (url: string): RegExp =>
  new RegExp(`^${url.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/:[^/]+/g, '[^/]+')}$`);
