import type { Attributes, Context, Span, SpanKind, Tracer } from '@opentelemetry/api';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import { log } from './logger';
import { requestContext } from './request-context';

type OpenTelemetry = typeof import('@opentelemetry/api');

/** Undefined unless OTEL_EXPORTER_OTLP_ENDPOINT is set: then its SDK is not even loaded. */
let tracing: { api: OpenTelemetry; tracer: Tracer; processor: SpanProcessor } | undefined;

/** From now on the process sends its spans to `<endpoint>/v1/traces`, as JSON over HTTP. */
export async function startTracing(service: string, endpoint: string | undefined): Promise<void> {
  if (endpoint === undefined) return;
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const url = `${endpoint.replace(/\/$/, '')}/v1/traces`;
  const processor = new sdk.BatchSpanProcessor({
    exporter: new OTLPTraceExporter({ url }),
    scheduledDelayMillis: 1_000,
    exportTimeoutMillis: 3_000,
  });
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': `holdfast-${service}` }),
    spanProcessors: [processor],
  });
  tracing = { api, tracer: provider.getTracer('holdfast'), processor };
  log.info({ url }, 'tracing');
}

/** Sends what is left. A collector that is away keeps no process from ending. */
export async function endTracing(): Promise<void> {
  await tracing?.processor
    .shutdown()
    .catch((error: unknown) => log.warn({ err: error }, 'the last spans were not sent'));
}

export interface OpenSpan {
  /** What comes of it names it as its parent. */
  traceparent: string;
  end(attributes?: Attributes, failure?: unknown): void;
}

/** A span under `parent`, or the first of a trace. Undefined when nothing is traced. */
export function openSpan(
  kind: keyof typeof SpanKind,
  name: string,
  parent: string | undefined,
  attributes: Attributes = {},
): OpenSpan | undefined {
  if (!tracing) return undefined;
  const { api, tracer } = tracing;
  const span = tracer.startSpan(name, { kind: api.SpanKind[kind], attributes }, contextOf(api, parent));
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: `00-${traceId}-${spanId}-0${traceFlags & 1}`,
    end(more = {}, failure) {
      span.setAttributes(more);
      if (failure !== undefined) markFailed(api, span, failure);
      span.end();
    },
  };
}

/** Does the work in a span of its own under the one that is open; just does it when nothing is traced. */
export function traced<T>(
  kind: keyof typeof SpanKind,
  name: string,
  attributes: Attributes,
  work: () => Promise<T>,
): Promise<T> {
  const context = requestContext.getStore();
  const span = tracing && context && openSpan(kind, name, context.traceparent, attributes);
  return span ? within(span, () => requestContext.run({ ...context, traceparent: span.traceparent }, work)) : work();
}

async function within<T>(span: OpenSpan, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    span.end();
    return result;
  } catch (error) {
    span.end({}, error);
    throw error;
  }
}

/** Only the kind of failure: its words may carry what is nobody's business. */
function markFailed(api: OpenTelemetry, span: Span, failure: unknown): void {
  span.setStatus({ code: api.SpanStatusCode.ERROR, message: failure instanceof Error ? failure.name : 'failed' });
}

function contextOf(api: OpenTelemetry, traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = traceparent?.split('-') ?? [];
  if (!traceId) return api.ROOT_CONTEXT;
  return api.trace.setSpanContext(api.ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: parseInt(flags, 16),
    isRemote: true,
  });
}
