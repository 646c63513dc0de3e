import { Client } from 'pg';
import { arrayLiteral } from '../../../libs/platform/src/persistence/array-literal';
import { createTestDatabase, type TestDatabase } from '../../support/database';

describe('an array literal', () => {
  let database: TestDatabase;
  let client: Client;
  beforeAll(async () => {
    database = await createTestDatabase();
    client = new Client(database.url);
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  const read = async (type: string, values: unknown[]): Promise<unknown> =>
    (await client.query<{ read: unknown }>(`SELECT $1::${type}[] AS read`, [arrayLiteral(values)])).rows[0].read;

  const texts = [
    '',
    ' ',
    'a b',
    'a,b',
    '{}',
    '{"a"}',
    '"',
    '\\',
    '\\"',
    "'",
    'null',
    'NULL',
    'Null',
    'nullify',
    '\n',
    'ü',
    '😀',
  ];

  it.each([
    ['text', [...texts, null]],
    ['text', []],
    ['uuid', ['01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44', null]],
    ['integer', [0, -1, 2_147_483_647, null]],
    ['boolean', [true, false, null]],
    ['timestamptz', [new Date('2026-11-21T14:00:00.123Z'), new Date(0), null]],
  ])('of %s is read as what was given', async (type, values) => {
    expect(await read(type, values)).toEqual(values);
  });

  it('of what goes in as text comes out as the number or document it is', async () => {
    expect(await read('numeric', ['-0.50', '9999999999.99'])).toEqual([-0.5, 9_999_999_999.99]);
    expect(await read('bigint', [9_007_199_254_740_993n])).toEqual(['9007199254740993']);
    expect(await read('jsonb', ['{"a": "b\\"c"}', 'null', '[1]'])).toEqual([{ a: 'b"c' }, null, [1]]);
  });

  it('is left to the driver where it holds anything else', () => {
    for (const value of [{}, [], Buffer.from('a')]) expect(arrayLiteral(['a', value])).toBeUndefined();
  });
});
