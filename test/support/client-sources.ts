import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';

import { isInterfaceDeclaration } from 'typescript';
import type { Json } from './api';

const GENERATED = '// Generated from the OpenAPI document by `npm run docs:client`.\n';

/** The generated files of libs/client, by name: its types, and how each operation is sent. */
export async function clientSourcesOf(document: Json): Promise<Record<string, string>> {
  const declared = await openapiTS(successesOf(structuredClone<Json>(document)));
  const types = astToString(declared.filter((each) => isInterfaceDeclaration(each) && each.name.text !== 'paths'));
  const entries = operationsOf(document).map(({ method, path, operation }) => {
    const type = Object.keys((inFull(document, operation.requestBody)?.content ?? {}) as object)[0];
    const isKeyed = parametersOf(document, operation).some(({ name }) => name === 'Idempotency-Key');
    const sending = { method: method.toUpperCase(), path, type, ...(isKeyed ? { isKeyed } : {}) };
    return [operation.operationId as string, sending];
  });
  return {
    'schema.ts': formatted(GENERATED + types),
    'operations.ts': formatted(
      `${GENERATED}import type { OperationId, Sending } from './types';

       /** How each operation is sent. */
       export const OPERATIONS: Record<OperationId, Sending> = ${JSON.stringify(Object.fromEntries(entries))};`,
    ),
  };
}

/** Prettier loads itself by `import()`, which Jest does not know: it runs in a process of its own. */
function formatted(source: string): string {
  const prettier = join(__dirname, '../../node_modules/prettier/bin/prettier.cjs');
  return execFileSync(process.execPath, [prettier, '--stdin-filepath', __filename], {
    input: source,
    encoding: 'utf8',
  });
}

const operationsOf = (document: Json): { method: string; path: string; operation: Json }[] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item as Json).map(([method, operation]) => ({ method, path, operation: operation as Json })),
  );

const inFull = (document: Json, value: Json): Json =>
  value?.$ref
    ? (value.$ref as string)
        .slice('#/'.length)
        .split('/')
        .reduce((part: Json, name) => part[name], document)
    : value;

const parametersOf = (document: Json, operation: Json): Json[] =>
  ((operation.parameters ?? []) as Json[]).map((each) => inFull(document, each));

/** The document without what a typed call never reads: headers, refusals (they are thrown as problems), paths twice. */
function successesOf(document: Json): Json {
  for (const { operation } of operationsOf(document)) {
    operation.parameters = parametersOf(document, operation).filter((each) => each.in !== 'header');
    const answers = Object.entries(operation.responses).filter(([status]) => Number(status) < 300);
    operation.responses = Object.fromEntries(
      answers.map(([status, answer]) => [status, { ...inFull(document, answer), headers: undefined }]),
    );
  }
  const { schemas } = document.components;
  return { ...document, components: { schemas } };
}
