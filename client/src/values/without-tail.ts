/**
 * Arguments without what is `undefined` at their end, for JSON, which has no word for it: `f.delay(1, undefined)` is
 * `f.delay(1)`, as for the function itself. A serializer that carries `undefined` is given all.
 */
export function withoutTail(args: readonly unknown[]): readonly unknown[] {
  if (args.length === 0 || args.at(-1) !== undefined) return args;
  return args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1);
}
