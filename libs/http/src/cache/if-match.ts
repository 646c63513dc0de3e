import { hash } from 'node:crypto';

/**
 * The entity tag of a version (RFC 9110, section 8.8.3). One version may look different at different times or to
 * different readers. With `view` the tag distinguishes these by a hash of what the reader sees, and so reveals
 * nothing else.
 */
export const etagOf = (version: number, view?: object): string => `"${version}${view ? `-${hashOf(view)}` : ''}"`;

const hashOf = (view: object): string => hash('sha1', JSON.stringify(view), 'base64url');

/** The entity tag of a text: weak, because compression changes the bytes that are sent. */
export const weakEtagOf = (text: string): string => `W/"${hash('sha1', text, 'base64url')}"`;

/** True when `If-None-Match` names the tag (weak comparison) or is `*`: the answer is 304. */
export const isNotModified = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined && listOf(ifNoneMatch).some((tag) => tag === '*' || opaque(tag) === opaque(etag));

/** True when `If-Match` allows a change: it is absent, `*`, or names a tag of the version (strong comparison). */
export const isMatch = (ifMatch: string | undefined, version: number): boolean =>
  ifMatch === undefined ||
  listOf(ifMatch).some((tag) => tag === '*' || tag.replace(/-[\w-]+"$/, '"') === etagOf(version));

const listOf = (header: string): string[] => header.split(',').map((tag) => tag.trim());

/** The tag without its mark of weakness, which `If-None-Match` does not compare. */
const opaque = (tag: string): string => tag.replace(/^W\//, '');
