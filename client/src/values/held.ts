/**
 * What 'devalue' carries, as it is now: a copy of all that can be changed, for values that are written a moment later. Anything else
 * is handed on, to be refused there.
 */
export function held(value: unknown, copies = new Map<object, object>()): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  const keep = <Copy extends object>(copy: Copy): Copy => {
    copies.set(value, copy);
    return copy;
  };
  if (value instanceof Date) return keep(new Date(value));
  if (value instanceof Map) {
    const copy = keep(new Map());
    for (const [key, item] of value) copy.set(held(key, copies), held(item, copies));
    return copy;
  }
  if (value instanceof Set) {
    const copy = keep(new Set());
    for (const item of value) copy.add(held(item, copies));
    return copy;
  }
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return keep(structuredClone(value));
  const prototype: unknown = Object.getPrototypeOf(value);
  const isList = Array.isArray(value);
  if (!isList && prototype !== null && prototype !== Object.prototype) return value;
  const copy = keep(
    isList ? new Array(value.length) : Object.create(prototype === null ? null : Object.prototype),
  );
  for (const [name, item] of Object.entries(value)) Reflect.set(copy, name, held(item, copies));
  return copy;
}
