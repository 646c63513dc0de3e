import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Characters without a look of their own, which Unicode's case folding ignores. */
const INVISIBLE = String.raw`\u00AD\u200B-\u200F\u2060\uFE00-\uFE0F\uFEFF`;
/** Combining marks of Latin, Greek, Cyrillic, Hebrew and Arabic: without them `Café` is `cafe`. */
const MARKS =
  String.raw`\u0300-\u036F\u0483-\u0487\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u0640` +
  String.raw`\u064B-\u065F\u0670\u1AB0-\u1AFF\u1DC0-\u1DFF\u20D0-\u20F0\uFE20-\uFE2F`;
const JAMO_AND_SOUND_MARKS = String.raw`\u1100-\u11FF\u3099\u309A`;

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** All bytes of UTF-8 beyond ASCII, the most frequent first: `translate` looks through them in order. */
const BYTES = [
  ...[0xd0, 0xd1, 0xce, 0xcf, ...range(0xe3, 0xe9)], // lead bytes of Cyrillic, Greek, Chinese and Japanese
  ...[...range(0xb0, 0xbf), ...range(0x80, 0xaf)], // bytes within a character
  ...[...range(0xc2, 0xcd), ...range(0xd2, 0xe2), ...range(0xea, 0xf4)],
];

const letterOf = (byte: number): string =>
  byte < 0xc0 ? 'abcdefghijklmnopqrstuvwxyz012345'[byte % 32] : '6789stuvwxyzabcdefghijklmnopqr012345'[byte % 36];

/** A blank, which is frequent, comes first and stays a blank. */
const FROM = ` ${String.fromCharCode(...BYTES)}`;
const TO = ` ${BYTES.map(letterOf).join('')}`;

/**
 * Folds text by Unicode's rules whatever the server's locale: `normalize` needs none, and the ICU collation is named.
 * ASCII takes a short way. A major upgrade of PostgreSQL or ICU that knows new letters asks for a REINDEX.
 */
const FUNCTIONS = `
  -- For uniqueness: NFKC in lower case, without invisible characters. Accents count.
  CREATE OR REPLACE FUNCTION catalog.fold_case(given text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 400 AS $$
  BEGIN
    IF octet_length(given) = length(given) THEN RETURN lower(given COLLATE "C"); END IF;
    RETURN replace(replace(
      lower(regexp_replace(normalize(given, NFKC) COLLATE "C", '[${INVISIBLE}]', '', 'g') COLLATE "und-x-icu"),
      'ß', 'ss'), 'ς', 'σ');
  END $$;

  -- For search and sort: NFKD in lower case, without accents and invisible characters.
  CREATE OR REPLACE FUNCTION catalog.fold(given text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 400 AS $$
  DECLARE
    folded text;
  BEGIN
    IF octet_length(given) = length(given) THEN RETURN lower(given COLLATE "C"); END IF;
    folded := lower(
      regexp_replace(normalize(given, NFKD) COLLATE "C", '[${INVISIBLE}${MARKS}]', '', 'g') COLLATE "und-x-icu");
    -- Letters that have no decomposition, and the forms of one letter that lower case keeps apart.
    IF folded COLLATE "C" ~ '[ςıøđðłħŧßæœþ]' THEN
      folded := replace(replace(replace(replace(
        translate(folded, 'ςıøđðłħŧ', 'σioddlht'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
    END IF;
    -- Composed again, so that a part of a Korean syllable or of a Japanese letter does not match.
    IF folded COLLATE "C" ~ '[${JAMO_AND_SOUND_MARKS}]' THEN RETURN normalize(folded, NFC); END IF;
    RETURN folded;
  END $$;

  -- For the trigram index, which in locale C ignores all letters but ASCII's: each byte of UTF-8 beyond ASCII becomes an
  -- ASCII letter or digit. Several bytes share a letter, so a match is a candidate that the folded text must confirm.
  CREATE OR REPLACE FUNCTION catalog.trigram_text(folded text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 400 AS $$
  BEGIN
    IF octet_length(folded) = length(folded) THEN RETURN folded; END IF;
    RETURN translate(convert_from(convert_to(folded, 'UTF8'), 'LATIN1'), '${FROM}', '${TO}');
  END $$;
`;

const TEXT = `(name || E'\\n' || sku || E'\\n' || description)`;
const NAME = `(catalog.fold(name))`;

/** Each replaces the index of its name. */
const INDEXES = {
  products_sku: `ON catalog.products ((lower(sku COLLATE "C"))) WHERE retired_at IS NULL`,
  products_by_name: `ON catalog.products (${NAME}, id, price) WHERE retired_at IS NULL`,
  products_of_category_by_name: `ON catalog.products (category_id, ${NAME}, id, price) WHERE category_id IS NOT NULL`,
  products_text: `ON catalog.products USING gin ((catalog.trigram_text(catalog.fold${TEXT})) gin_trgm_ops)
    WITH (fastupdate = off)`,
  categories_sibling_name: `ON catalog.categories (parent_id, (catalog.fold_case(name))) NULLS NOT DISTINCT`,
  categories_by_name: `ON catalog.categories (${NAME}, id)`,
};

const FORMER_INDEXES: typeof INDEXES = {
  products_sku: `ON catalog.products (sku) WHERE retired_at IS NULL`,
  products_by_name: `ON catalog.products ((lower(name COLLATE "C")), id, price) WHERE retired_at IS NULL`,
  products_of_category_by_name: `ON catalog.products (category_id, (lower(name COLLATE "C")), id, price)
    WHERE category_id IS NOT NULL`,
  products_text: `ON catalog.products USING gin (${TEXT} gin_trgm_ops) WITH (fastupdate = off)`,
  categories_sibling_name: `ON catalog.categories (parent_id, lower(name)) NULLS NOT DISTINCT`,
  categories_by_name: `ON catalog.categories ((lower(name COLLATE "C")), id)`,
};

const UNIQUE = ['products_sku', 'categories_sibling_name'];

const TWINS: [what: string, sql: string][] = [
  [
    'products have SKUs that differ in case only',
    `SELECT string_agg(sku, ', ' ORDER BY sku) AS twins FROM catalog.products WHERE retired_at IS NULL
     GROUP BY lower(sku COLLATE "C") HAVING count(*) > 1 LIMIT 10`,
  ],
  [
    'categories under the same parent have names that differ in case only',
    `SELECT string_agg(name, ', ' ORDER BY name) AS twins FROM catalog.categories
     GROUP BY parent_id, catalog.fold_case(name) HAVING count(*) > 1 LIMIT 10`,
  ],
];

/**
 * Search, sort and uniqueness by Unicode's rules. The folded text is in the indexes only: no column is added, no row is
 * rewritten, and the processes of the release before go on writing. The indexes are built concurrently, outside a
 * transaction: orders go on meanwhile, and a migration that was stopped is run again. Until they are restarted,
 * processes of the release before sort by name and search without an index.
 */
export class Folding1700000000091 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(FUNCTIONS);
    for (const [what, sql] of TWINS) {
      const rows = (await runner.query(sql)) as { twins: string }[];
      const named = rows.map(({ twins }) => twins).join('; ');
      if (named) throw new Error(`Some ${what}: ${named}. Rename all but one of each, then start again.`);
    }
    await replaceIndexes(runner, INDEXES, 'CONCURRENTLY');
  }

  /** In a transaction, which TypeORM always opens on the way down. */
  async down(runner: QueryRunner): Promise<void> {
    await replaceIndexes(runner, FORMER_INDEXES);
    await runner.query('DROP FUNCTION catalog.trigram_text, catalog.fold, catalog.fold_case');
  }
}

async function replaceIndexes(runner: QueryRunner, indexes: typeof INDEXES, how = ''): Promise<void> {
  for (const [name, definition] of Object.entries(indexes)) {
    const unique = UNIQUE.includes(name) ? 'UNIQUE' : '';
    await runner.query(`DROP INDEX ${how} IF EXISTS catalog.${name}_new`);
    await runner.query(`CREATE ${unique} INDEX ${how} ${name}_new ${definition}`);
    await runner.query(`
      DROP INDEX IF EXISTS catalog.${name};
      ALTER INDEX catalog.${name}_new RENAME TO ${name};
    `);
  }
  await runner.query('ANALYZE catalog.products, catalog.categories');
}
