import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '../../support/database';

const PAGE = join(__dirname, '../../../docs/schema.md');

interface Column {
  schema: string;
  table: string;
  name: string;
  type: string;
  key: 'PK' | 'UK' | null;
}

interface Reference {
  schema: string;
  table: string;
  parent: string;
  column: string;
}

/** The page docs/schema.md, read from the migrated database. `npm run docs:schema` writes it. */
describe('the schema diagram', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('is in docs/schema.md as the migrations make it: if not, npm run docs:schema', async () => {
    const page = await pageOf(database);
    if (process.env['UPDATE_DOCS']) writeFileSync(PAGE, page);
    expect(readFileSync(PAGE, 'utf8')).toBe(page);
  });

  it('shows what a migration would add', async () => {
    await database.query(
      'CREATE TABLE catalog.boxes (id uuid PRIMARY KEY, product_id uuid REFERENCES catalog.products)',
    );
    const page = await pageOf(database);
    expect(page).toContain('  boxes {\n    uuid id PK\n    uuid product_id\n  }');
    expect(page).toContain('  products ||--o{ boxes : product_id');
  });
});

async function pageOf(database: TestDatabase): Promise<string> {
  const columns = await database.query<Column>(
    `SELECT c.table_schema AS schema, c.table_name AS table, c.column_name AS name,
       replace(format_type(a.atttypid, NULL), ' ', '-') AS type,
       (SELECT CASE WHEN bool_or(i.indisprimary) THEN 'PK' WHEN bool_or(i.indnatts = 1) THEN 'UK' END
        FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique AND a.attnum = ANY (i.indkey)) AS key
     FROM information_schema.columns c
     JOIN pg_attribute a ON a.attrelid = format('%I.%I', c.table_schema, c.table_name)::regclass AND a.attname = c.column_name
     WHERE c.table_schema NOT IN ('pg_catalog', 'information_schema', 'public')
     ORDER BY c.table_schema, c.table_name, c.ordinal_position`,
  );
  const references = await database.query<Reference>(
    `SELECT n.nspname AS schema, t.relname AS table, p.relname AS parent,
       (SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = f.conrelid AND attnum = ANY (f.conkey)) AS column
     FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid JOIN pg_class p ON p.oid = f.confrelid
     JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE f.contype = 'f' ORDER BY n.nspname, t.relname, p.relname, f.conname`,
  );
  const schemas = [...new Set(columns.map(({ schema }) => schema))];
  const diagrams = schemas.map((schema) => {
    const own = columns.filter((column) => column.schema === schema);
    const tables = [...new Set(own.map(({ table }) => table))];
    const lines = tables.flatMap((table) => [
      `  ${table} {`,
      ...own
        .filter((column) => column.table === table)
        .map(({ type, name, key }) => `    ${type} ${name}${key ? ` ${key}` : ''}`),
      '  }',
    ]);
    const arrows = references
      .filter((reference) => reference.schema === schema)
      .map(
        ({ parent, table, column }) =>
          `  ${parent} ||--o{ ${table} : ${JSON.stringify(column).replace(/^"(\w+)"$/, '$1')}`,
      );
    return `## ${schema}\n\n\`\`\`mermaid\nerDiagram\n${[...lines, ...arrows].join('\n')}\n\`\`\`\n`;
  });
  const head =
    '# Schema\n\nOne schema for each context, and no foreign key from one schema to another. `npm run docs:schema` draws this page ' +
    'from the migrated database.\n';
  return [head, ...diagrams].join('\n');
}
