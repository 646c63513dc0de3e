import { hash } from 'node:crypto';

/**
 * The entity tag of a version (RFC 9110, section 8.8.3). `variant` tells apart what one version may look like at
 * different times; whoever changes the version need not care.
 */
export const etagOf = (version: number, variant = 0): string => `"${version}${variant ? `-${variant}` : ''}"`;

/** The entity tag of a text: weak, because it may be sent compressed, in other bytes. */
export const weakEtagOf = (text: string): string => `W/"${hash('sha1', text, 'base64url')}"`;

/** True when `If-None-Match` names the tag (weak comparison) or is `*`: the answer is 304. */
export const isNotModified = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined && listOf(ifNoneMatch).some((tag) => tag === '*' || opaque(tag) === opaque(etag));

/** What `If-Match` allows: true when it is absent, `*`, or names a tag of the version (strong comparison). */
export const isMatch = (ifMatch: string | undefined, version: number): boolean =>
  ifMatch === undefined || listOf(ifMatch).some((tag) => tag === '*' || tag.replace(/-\d+"$/, '"') === etagOf(version));

const listOf = (header: string): string[] => header.split(',').map((tag) => tag.trim());

/** The tag without what says that it is weak: two are the same for `If-None-Match` when the rest is. */
const opaque = (tag: string): string => tag.replace(/^W\//, '');
