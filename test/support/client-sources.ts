import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';
import { isInterfaceDeclaration } from 'typescript';
import type { Json } from './api';
import { routesOf } from './openapi';

const GENERATED = '// Generated from the OpenAPI document by `npm run docs:client`.\n';

/** The generated files of libs/client, by name: its types, and how each operation is sent. */
export async function clientSourcesOf(document: Json): Promise<Record<string, string>> {
  const declared = await openapiTS(successesOf(document));
  const types = astToString(declared.filter((each) => isInterfaceDeclaration(each) && each.name.text !== 'paths'));
  const entries = routesOf(document).map(({ method, path, operation }) => {
    const type = Object.keys((operation.requestBody?.content ?? {}) as object)[0];
    const isKeyed = ((operation.parameters ?? []) as Json[]).some(({ name }) => name === 'Idempotency-Key');
    return [operation.operationId as string, { method, path, type, ...(isKeyed ? { isKeyed } : {}) }];
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

/** The document without what a typed call never reads: headers, refusals (they are thrown as problems), paths twice. */
function successesOf(document: Json): Json {
  const paths: Record<string, Json> = {};
  for (const { method, path, operation } of routesOf(document)) {
    const parameters = ((operation.parameters ?? []) as Json[]).filter((each) => each.in !== 'header');
    const answers = Object.entries(operation.responses).filter(([status]) => Number(status) < 300);
    const responses = Object.fromEntries(
      answers.map(([status, answer]) => [status, { ...(answer as object), headers: undefined }]),
    );
    (paths[path] ??= {})[method.toLowerCase()] = { ...operation, parameters, responses };
  }
  const { schemas } = document.components;
  return { ...document, paths, components: { schemas } };
}
