/**
 * The entity tag of a version (RFC 9110, section 8.8.3). `variant` tells apart what one version may look like at
 * different times; whoever changes the version need not care.
 */
export const etagOf = (version: number, variant = 0): string => `"${version}${variant ? `-${variant}` : ''}"`;

/** True when `If-None-Match` names the tag (weak comparison) or is `*`: the answer is 304. */
export const isNotModified = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined && listOf(ifNoneMatch).some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag);

/** What `If-Match` allows: true when it is absent, `*`, or names a tag of the version (strong comparison). */
export const isMatch = (ifMatch: string | undefined, version: number): boolean =>
  ifMatch === undefined || listOf(ifMatch).some((tag) => tag === '*' || tag.replace(/-\d+"$/, '"') === etagOf(version));

const listOf = (header: string): string[] => header.split(',').map((tag) => tag.trim());
