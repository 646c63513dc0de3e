import { createHmac, timingSafeEqual } from 'node:crypto';

/** Seconds that a webhook may be old, or ahead of our clock. */
export const TOLERANCE = 300;

/** `t=<unix>,v1=<hex>[,v1=<hex>…]`, other schemes ignored; undefined when it is not of this form. */
export function readSignature(header: unknown): { timestamp: number; signatures: string[] } | undefined {
  if (typeof header !== 'string') return undefined;
  const parts = header.split(',').map((part) => part.trim().split('=', 2) as [string, string?]);
  const valuesOf = (name: string) => parts.flatMap(([key, value]) => (key === name && value ? [value] : []));
  const [timestamp, ...others] = valuesOf('t');
  if (timestamp === undefined || others.length || !/^\d{1,12}$/.test(timestamp)) return undefined;
  return { timestamp: Number(timestamp), signatures: valuesOf('v1') };
}

export const isRecent = (timestamp: number, now: Date): boolean =>
  Math.abs(Math.floor(now.getTime() / 1000) - timestamp) <= TOLERANCE;

/** True when any signature is that of any secret: both sides may be in the middle of a rotation. */
export function isSigned(body: Buffer, header: unknown, secrets: readonly string[], now: Date): boolean {
  const read = readSignature(header);
  if (!read || !isRecent(read.timestamp, now)) return false;
  const expected = secrets.map((secret) =>
    createHmac('sha256', secret).update(`${read.timestamp}.`).update(body).digest(),
  );
  const given = read.signatures.map((signature) =>
    Buffer.from(/^[0-9a-f]{64}$/i.test(signature) ? signature : '', 'hex'),
  );
  return expected.some((one) => given.some((other) => one.length === other.length && timingSafeEqual(one, other)));
}
