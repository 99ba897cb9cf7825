import type { ErrorType } from '@celeriac/client';

/** @returns whether an error is one of those that a task's option lists, by class or by name; never throws */
export function isOneOf(thrown: unknown, listed: readonly (ErrorType | string)[]): boolean {
  try {
    return listed.some((wanted) =>
      typeof wanted === 'string' ? namesOf(thrown).includes(wanted) : thrown instanceof wanted,
    );
  } catch {
    // Its own getters fail: it is nothing that anybody listed.
    return false;
  }
}

/** An error goes by its `name` and by its classes' names: a class that forgot to set `name` is still found. */
function namesOf(thrown: unknown): readonly string[] {
  if (!(thrown instanceof Error)) return [];
  const names: string[] = [thrown.name];
  for (let at: unknown = Object.getPrototypeOf(thrown); at instanceof Error; at = Object.getPrototypeOf(at)) {
    names.push(at.constructor.name);
  }
  return names;
}
