type WithValues<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The members with a value. An instance of a request class also has the ones that were left out, as undefined. */
export const withValues = <T extends object>(changes: T): WithValues<T> =>
  Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as WithValues<T>;
