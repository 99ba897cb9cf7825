/** A walk through a value of any built-in class: how deep it goes, holes, and names that no value may have. */
import { isForbidden, stepTo, VALUE_DEPTH } from '@celeriac/protocol/internal';

interface Fault {
  /** From the outermost step inwards. */
  readonly path: readonly string[];
  readonly why: string;
}

/** Visits each object once, so that cycles and parts that are shared many times cost nothing more. */
export function surveyWalk(value: unknown): Fault | undefined {
  const path: string[] = [];
  const why = visit(value, path, new Set());
  return why === undefined ? undefined : { path, why };
}

/** @param path where this value stands; left as it is where a fault is found */
function visit(value: unknown, path: string[], seen: Set<object>): string | undefined {
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined;
  if (path.length >= VALUE_DEPTH) return `is nested more than ${VALUE_DEPTH} deep`;
  seen.add(value);
  if (Array.isArray(value)) return visitList(value, path, seen);
  if (value instanceof Map) return visitMap(value, path, seen);
  if (value instanceof Set) return visitSet(value, path, seen);
  if (ArrayBuffer.isView(value)) return undefined;
  for (const name of Object.keys(value)) {
    const item: unknown = Reflect.get(value, name);
    path.push(stepTo(name));
    const why = isForbidden(name, item) ? 'is a name that no value may have' : visit(item, path, seen);
    if (why !== undefined) return why;
    path.pop();
  }
  return undefined;
}

function visitList(list: readonly unknown[], path: string[], seen: Set<object>): string | undefined {
  for (let index = 0; index < list.length; index++) {
    const item = list[index];
    // A few letters can ask for an array of four billion holes, and copying it would exhaust the memory.
    const hole = item === undefined && !Object.hasOwn(list, index);
    if (!hole && (typeof item !== 'object' || item === null)) continue;
    path.push(`[${index}]`);
    const why = hole ? 'is a hole in a list, which is not undefined' : visit(item, path, seen);
    if (why !== undefined) return why;
    path.pop();
  }
  return undefined;
}

function visitMap(map: ReadonlyMap<unknown, unknown>, path: string[], seen: Set<object>): string | undefined {
  for (const [key, item] of map) {
    path.push(typeof key === 'string' ? `.get(${JSON.stringify(key)})` : `.get(${typeof key})`);
    const why = visit(key, path, seen) ?? visit(item, path, seen);
    if (why !== undefined) return why;
    path.pop();
  }
  return undefined;
}

function visitSet(set: ReadonlySet<unknown>, path: string[], seen: Set<object>): string | undefined {
  for (const item of set) {
    path.push('.values()');
    const why = visit(item, path, seen);
    if (why !== undefined) return why;
    path.pop();
  }
  return undefined;
}
