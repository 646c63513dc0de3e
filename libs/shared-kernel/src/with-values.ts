type WithValues<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The members that were given: an instance of a request class has every declared one, undefined where it was left out. */
export const withValues = <T extends object>(changes: T): WithValues<T> =>
  Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as WithValues<T>;
