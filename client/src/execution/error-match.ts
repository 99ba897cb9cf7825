import { fieldOf, isError, textOf } from '@celeriac/protocol/internal';
import type { ErrorType } from '../hosting.ts';

/** Classes above one that are looked at. */
const CLASSES = 100;

/**
 * An error of another realm (a vm context, an iframe) is one of a built-in class if it goes by that name.
 * @returns whether an error is one of those that a task's option lists, by class or by name; never throws
 * @internal
 */
export function isOneOf(thrown: unknown, listed: readonly (ErrorType | string)[]): boolean {
  try {
    return listed.some((wanted) =>
      typeof wanted === 'string' ? namesOf(thrown).includes(wanted) : isA(thrown, wanted),
    );
  } catch {
    // Its getters throw: it matches nothing.
    return false;
  }
}

function isA(thrown: unknown, type: ErrorType): boolean {
  if (thrown instanceof type) return true;
  const builtIn = fieldOf(globalThis, type.name) === type;
  return builtIn && !(thrown instanceof Error) && namesOf(thrown).includes(type.name);
}

/** An error goes by its `name` and by its classes' names: a class that forgot to set `name` is still found. */
function namesOf(thrown: unknown): readonly string[] {
  if (!isError(thrown)) return [];
  const names = [thrown.name];
  let at: unknown = Object.getPrototypeOf(thrown);
  for (let left = CLASSES; left > 0 && typeof at === 'object' && at !== null; left--) {
    const above: unknown = Object.getPrototypeOf(at);
    // Where the line ends is what everything is.
    if (above === null) break;
    names.push(textOf(Object(fieldOf(at, 'constructor')), 'name') ?? '');
    at = above;
  }
  return names;
}
