/**
 * An array as a PostgreSQL literal. The driver's own conversion is slow for each element, and most writes travel in
 * arrays. Undefined when an element has a type that is left to the driver.
 */
export function arrayLiteral(values: readonly unknown[]): string | undefined {
  let elements = '';
  for (const value of values) {
    const element = elementOf(value);
    if (element === undefined) return undefined;
    elements += elements === '' ? element : `,${element}`;
  }
  return `{${elements}}`;
}

function elementOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'string') return `"${/["\\]/.test(value) ? value.replace(/["\\]/g, '\\$&') : value}"`;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  return value instanceof Date ? timeOf(value) : undefined;
}

let last = { time: 0, text: new Date(0).toISOString() };

/** Formatting a time is the slowest conversion here, and the rows of one use case share their times. */
function timeOf(date: Date): string {
  const time = date.getTime();
  if (time !== last.time) last = { time, text: date.toISOString() };
  return last.text;
}
