import type { Attributes, Context, Span, SpanKind, Tracer } from '@opentelemetry/api';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import { log } from './logger';
import { requestContext } from './request-context';

type OpenTelemetry = typeof import('@opentelemetry/api');

/** Undefined unless OTEL_EXPORTER_OTLP_ENDPOINT is set. Without it the SDK is not loaded. */
let tracing: { api: OpenTelemetry; tracer: Tracer; processor: SpanProcessor } | undefined;

/** Sends the process's spans to `<endpoint>/v1/traces` from now on, as JSON over HTTP. */
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

/** Sends the remaining spans. An unavailable collector does not keep the process from ending. */
export async function endTracing(): Promise<void> {
  await tracing?.processor
    .shutdown()
    .catch((error: unknown) => log.warn({ err: error }, 'the last spans were not sent'));
}

export interface OpenSpan {
  /** The parent of the spans that begin inside this one. */
  traceparent: string;
  end(attributes?: Attributes, failure?: unknown): void;
}

/** Opens a span under `parent`, or the first of a trace. Undefined when tracing is off. */
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

/** Does the work in a span of its own under the open one. Without tracing it only does the work. */
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

/** Names only the kind of failure: its message may carry personal data. */
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
