type Fields<T> = { -readonly [Name in keyof T]?: T[Name] };

/**
 * Sets public readonly fields of an object from inside its class: `assign<Order>(this, { status: 'paid' })`.
 *
 * The class must be named: TypeScript then refuses unknown fields and values of another type. Without the name nothing
 * compiles. Private fields are assigned directly.
 */
export function assign<T extends object = never>(target: NoInfer<T>, fields: NoInfer<Fields<T>>): void {
  Object.assign(target, fields);
}
