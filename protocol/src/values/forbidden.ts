/**
 * Names that lead out of a value, into the prototypes that all objects share. As a property of its own such a name is
 * harmless until somebody merges the value into another one; so it is refused where a value is written, and where one
 * is read, whoever wrote it.
 */
export function isForbidden(name: string, value: unknown): boolean {
  if (name === '__proto__') return true;
  return (
    name === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')
  );
}
