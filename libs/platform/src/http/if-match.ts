/** The entity tag of a version (RFC 9110, section 8.8.3). */
export const etagOf = (version: number): string => `"${version}"`;

/** True when `If-None-Match` names the tag (weak comparison) or is `*`: the answer is 304. */
export const isNotModified = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined && listOf(ifNoneMatch).some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag);

/** What `If-Match` allows: true when it is absent, `*`, or names the version's tag (strong comparison). */
export const isMatch = (ifMatch: string | undefined, version: number): boolean =>
  ifMatch === undefined || listOf(ifMatch).some((tag) => tag === '*' || tag === etagOf(version));

const listOf = (header: string): string[] => header.split(',').map((tag) => tag.trim());
