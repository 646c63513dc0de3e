import { RouteConfig } from '@nestjs/platform-fastify';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants';

/** Adds to the configuration that Fastify keeps of a route. Nest's own decorator replaces what another one has set. */
export const AddRouteConfig = (config: object): MethodDecorator =>
  ((target: object, name: string | symbol, descriptor: TypedPropertyDescriptor<object>) => {
    const known = Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, descriptor.value!) as object | undefined;
    RouteConfig({ ...known, ...config })(target, name, descriptor);
  }) as MethodDecorator;
