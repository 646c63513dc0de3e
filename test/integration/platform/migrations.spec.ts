import { DataSource, type MigrationInterface } from 'typeorm';
import { databaseOptions } from '../../../ormconfig';
import { createTestDatabase, type TestDatabase } from '../../support/database';

/** All that stands in our schemas, as PostgreSQL would have it made again; not what belongs to an extension. */
const SCHEMA = `
  WITH ours AS (
    SELECT oid, nspname FROM pg_namespace
    WHERE nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema') AND nspname NOT LIKE 'pg_temp%'),
  relations AS (
    SELECT c.oid, format('%I.%I', nspname, relname) AS name, relkind, relpersistence, reloptions
    FROM pg_class c JOIN ours ON ours.oid = relnamespace
    WHERE relkind <> 'i' AND format('%I.%I', nspname, relname) NOT LIKE 'public.migrations%')
  SELECT format('schema %I', nspname) AS thing FROM ours
  UNION ALL
  SELECT format('%s of kind %s%s %s', name, relkind, relpersistence, reloptions) FROM relations
  UNION ALL
  SELECT format('%s.%I %s %s %s %s collated %s', name, attname, format_type(atttypid, atttypmod),
           CASE WHEN attnotnull THEN 'NOT NULL' END, CASE WHEN attidentity <> '' THEN format('identity %s', attidentity) END,
           pg_get_expr(adbin, adrelid), attcollation::regcollation)
  FROM relations JOIN pg_attribute ON attrelid = relations.oid AND attnum > 0 AND NOT attisdropped
  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  UNION ALL
  SELECT format('%s: %I %s', name, conname, pg_get_constraintdef(c.oid))
  FROM relations JOIN pg_constraint c ON conrelid = relations.oid
  UNION ALL
  SELECT indexdef FROM pg_indexes JOIN ours ON nspname = schemaname WHERE tablename <> 'migrations'
  UNION ALL
  SELECT pg_get_triggerdef(t.oid) FROM relations JOIN pg_trigger t ON tgrelid = relations.oid AND NOT tgisinternal
  UNION ALL
  SELECT CASE prokind WHEN 'a' THEN p.oid::regprocedure::text ELSE pg_get_functiondef(p.oid) END
  FROM pg_proc p JOIN ours ON ours.oid = pronamespace
  WHERE NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
  UNION ALL
  SELECT format('type %s %s', t.oid::regtype, typtype) FROM pg_type t JOIN ours ON ours.oid = typnamespace
  WHERE typtype IN ('d', 'e') AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = t.oid AND deptype = 'e')
  ORDER BY 1`;

describe('the migrations', () => {
  let database: TestDatabase;

  beforeAll(async () => (database = await createTestDatabase({ empty: true })));
  afterAll(() => database.drop());

  const schema = async () => (await database.query<{ thing: string }>(SCHEMA)).map(({ thing }) => thing);

  it('OPS-03 each restore, on the way down, the schema that they met; and up again it is the same', async () => {
    const options = databaseOptions({ DATABASE_URL: database.url });
    const all = await new DataSource({ ...options, migrations: [] }).initialize();
    await all.runMigrations(); // makes TypeORM's own table, which stays
    await all.destroy();
    const up = await new DataSource(options).initialize();
    const timeOf = ({ name }: { name: string }) => name.slice(-13);
    const migrations = up.migrations
      .map(({ constructor }) => constructor as new () => MigrationInterface)
      .sort((a, b) => timeOf(a).localeCompare(timeOf(b)));
    const met: string[][] = [];
    for (const count of migrations.keys()) {
      met.push(await schema());
      const next = await new DataSource({ ...options, migrations: migrations.slice(0, count + 1) }).initialize();
      expect(await next.runMigrations()).toHaveLength(1);
      await next.destroy();
    }
    const full = await schema();
    expect(met[0]).toEqual(['schema public']);
    expect(full.length).toBeGreaterThan(300);

    for (const [index, before] of [...met.entries()].reverse()) {
      await up.undoLastMigration();
      expect([migrations[index].name, await schema()]).toEqual([migrations[index].name, before]);
    }
    await up.runMigrations();
    expect(await schema()).toEqual(full);
    await up.destroy();
  });
});
