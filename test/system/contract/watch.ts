import type { TestDatabase } from '../../support/database';

/** Notes each row that is committed, as it was and as it is: what changed in any table between two moments, exactly. */
export class ChangeWatch {
  private constructor(private readonly database: TestDatabase) {}

  static async over(database: TestDatabase): Promise<ChangeWatch> {
    await database.query('CREATE SCHEMA watch');
    await database.query('CREATE TABLE watch.rows (relation regclass, content jsonb, balance int)');
    // When a key was used last is no content, and is noted of every use.
    await database.query(`
      CREATE FUNCTION watch.note() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO watch.rows SELECT TG_RELID, content - 'last_used_at', balance
          FROM (VALUES (to_jsonb(old), -1), (to_jsonb(new), 1)) AS t (content, balance) WHERE content IS NOT NULL;
        RETURN NULL;
      END $$`);
    await database.query(`
      DO $$ DECLARE relation regclass; BEGIN
        FOR relation IN SELECT format('%I.%I', schemaname, tablename)::regclass FROM pg_tables
                        WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'watch')
        LOOP
          EXECUTE format('CREATE TRIGGER watch AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION watch.note()', relation);
        END LOOP;
      END $$`);
    return new ChangeWatch(database);
  }

  /** The tables that are not as they were when it was last asked. What came and went again is no change. */
  async changes(): Promise<string[]> {
    const rows = await this.database.query<{ relation: string }>(
      `WITH noted AS (DELETE FROM watch.rows RETURNING *),
            changed AS (SELECT relation FROM noted GROUP BY relation, content HAVING sum(balance) <> 0)
       SELECT DISTINCT relation::text FROM changed`,
    );
    return rows.map(({ relation }) => relation);
  }

  async end(): Promise<void> {
    await this.database.query('DROP SCHEMA watch CASCADE');
  }
}
