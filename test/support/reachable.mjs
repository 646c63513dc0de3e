// Exits 0 when the PostgreSQL of the URL answers, 1 when it does not.
import pg from 'pg';

const client = new pg.Client({ connectionString: process.argv[2], connectionTimeoutMillis: 2_000 });
try {
  await client.connect();
  console.log((await client.query('SELECT version()')).rows[0].version);
  await client.end();
} catch (error) {
  console.log(`${error}`);
  process.exitCode = 1;
}
