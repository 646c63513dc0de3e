import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { forms, groups, type Operation, operationIdOf, type Schema } from './openapi';
import { describeOperation } from './operation-details';
import { ProblemDto } from './problem.dto';
import { ProblemSchemas } from './problem-schemas';
import { shareRepetitions } from './shared-components';

/** The service as a whole, in the document and on the front page. */
export interface About {
  title: string;
  /** One sentence. */
  summary: string;
  /** Markdown. */
  description: string;
  /** More options of Swagger UI. Functions run in the browser, and can use nothing of their module. */
  swaggerOptions?: object;
}

/** The published contract, generated from the controllers: OpenAPI 3.1. */
export function openApiDocument(app: INestApplication, { title, description }: About): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(title)
    .setDescription(description)
    .setVersion('1')
    .addServer('/', 'This server')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'ES256 access token, 20 min.' },
      'bearer',
    )
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'hf_<id>_<secret>',
        description: 'An API key, for machines. It opens the routes that name one of its scopes in `x-scopes`.',
      },
      'apiKey',
    );
  for (const [name, text] of groups) builder.addTag(name, text);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    extraModels: [ProblemDto],
    operationIdFactory: operationIdOf,
  });
  nameSchemasAsNouns(document);
  const schemas = document.components!.schemas as Record<string, Schema>;
  const problemSchemas = new ProblemSchemas();
  for (const [path, item] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(item) as [string, Operation][])
      describeOperation(path, method, operation, schemas, problemSchemas);
  Object.assign(schemas, problemSchemas.write(schemas['Problem']));
  shareRepetitions(document);
  return document;
}

/** `OrderDto` of the code is `Order` in the document, and a DTO of several forms is one of them. */
function nameSchemasAsNouns(document: OpenAPIObject): void {
  const { paths, components } = document;
  const renamed = JSON.stringify({ paths, schemas: components?.schemas ?? {} }).replace(
    /(#\/components\/schemas\/\w+?)Dto"/g,
    '$1"',
  );
  const { schemas, ...rest } = JSON.parse(renamed) as Pick<OpenAPIObject, 'paths'> & {
    schemas: Record<string, Schema>;
  };
  document.paths = rest.paths;
  document.components!.schemas = Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name.replace(/Dto$/, ''), inForms(schema, forms.get(name))]),
  );
}

/** Splits the schema of an object into one for each of its forms. */
function inForms({ description, ...schema }: Schema, each: readonly string[][] = []): Schema {
  if (!each.length) return { ...schema, ...(description !== undefined && { description }) };
  const { properties, required = [] } = schema as { properties: Record<string, Schema>; required?: string[] };
  const shared = Object.keys(properties).filter((name) => !each.flat().includes(name));
  const variants = each.map((own) => ({
    type: 'object',
    properties: Object.fromEntries([...own, ...shared].map((name) => [name, properties[name]])),
    required: [...own, ...shared.filter((name) => required.includes(name))],
    additionalProperties: false,
  }));
  return { description, oneOf: variants };
}
