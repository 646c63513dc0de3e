/** SQL that gives a `timestamptz` as JSON carries it: ISO 8601 in UTC, to the millisecond; null stays null. */
export const isoTime = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
