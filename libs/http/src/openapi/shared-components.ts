import type { OpenAPIObject } from '@nestjs/swagger';
import type { Answer, Operation, Parameter } from './openapi';
import { pascal } from './problem-schemas';

/** Moves headers, parameters of queries and headers, and error answers that repeat to `components`. */
export function shareRepetitions(document: OpenAPIObject): void {
  const operations = Object.values(document.paths).flatMap((item) => Object.values(item) as Operation[]);
  const answers = operations.flatMap(({ responses }) => Object.values(responses as Record<string, Answer>));
  const headers = new Shared(
    'headers',
    answers.flatMap(({ headers }) => Object.values(headers ?? {})),
  );
  for (const answer of answers)
    answer.headers = Object.fromEntries(
      Object.entries(answer.headers ?? {}).map(([name, header]) => [name, headers.share(name, header)]),
    );
  const problemAnswers = new Shared('responses', answers);
  const parameters = new Shared(
    'parameters',
    operations.flatMap((operation) => operation.parameters ?? []),
  );
  for (const operation of operations) {
    for (const [status, answer] of Object.entries(operation.responses as Record<string, Answer>)) {
      const codes = Object.keys(answer.content?.['application/problem+json']?.examples ?? {});
      if (codes.length) operation.responses[status] = problemAnswers.share(codes.map(pascal).join('Or'), answer);
    }
    operation.parameters = operation.parameters?.map((one) => parameters.share((one as Parameter).name, one));
  }
  for (const { kind, components } of [headers, problemAnswers, parameters])
    Object.assign(document.components!, { [kind]: components });
}

/** Components of one kind. Different ones of the same name are numbered. */
class Shared {
  readonly components: Record<string, object> = {};
  private readonly names = new Map<string, string>();
  private readonly repeated = new Set<string>();

  constructor(
    readonly kind: string,
    all: object[],
  ) {
    const seen = new Set<string>();
    for (const text of all.map((one) => JSON.stringify(one))) (seen.has(text) ? this.repeated : seen).add(text);
  }

  /** A reference to the component, or the value itself where nothing repeats it. */
  share<Value extends object>(name: string, value: Value): Value | { $ref: string } {
    const text = JSON.stringify(value);
    if (!this.repeated.has(text)) return value;
    let own = this.names.get(text);
    if (own === undefined) {
      own = name;
      for (let i = 2; own in this.components; i++) own = `${name}-${i}`;
      this.names.set(text, own);
      this.components[own] = value;
    }
    return { $ref: `#/components/${this.kind}/${own}` };
  }
}
