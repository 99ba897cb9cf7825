import { showClaim, TokenError } from './token-error.ts';

export const SCOPE_VERBS = ['call', 'read', 'revoke', 'queue', 'work', 'admin'] as const;

export type ScopeVerb = (typeof SCOPE_VERBS)[number];

/** `VERB:WHAT`, where a `*` at the end stands for any rest; or `*` alone: everything. */
export type Scope = '*' | `${ScopeVerb}:${string}`;

/** Scopes are separated by spaces where they stand in a token: one with a space inside would be two. */
const GAP = /[\s\p{Cc}]/u;

/**
 * What is wrong with a scope, or with its place among others, in words; `null` where nothing is.
 * `*` must stand alone: beside others it is what is left of a scope that had a space in it.
 */
export function faultOfScope(scope: unknown, among: readonly unknown[] = []): string | null {
  if (typeof scope !== 'string') return `expected a scope to be a string, got: ${showClaim(scope)}`;
  if (scope === '') return 'expected a scope, got an empty one';
  if (GAP.test(scope)) return `expected a scope without white space, got: ${showClaim(scope)}`;
  if (scope === '*') return among.length > 1 ? "scope '*' must stand alone" : null;
  if (SCOPE_VERBS.some((verb) => scope.startsWith(`${verb}:`) && scope.length > verb.length + 1)) return null;
  return `expected a scope to be VERB:WHAT with ${SCOPE_VERBS.join(', ')}, got: ${showClaim(scope)}`;
}

/** A task of an app, wherever its function is: an exported task, or one of `app.tasks`. */
export interface TaskHandle<Name extends string = string> {
  readonly name: Name;
  delay(...args: never): unknown;
}

/** The names of the tasks that a module exports: `TaskNames<typeof tasks>`. */
export type TaskNames<Module> = {
  [Key in keyof Module]: Module[Key] extends TaskHandle<infer Name>
    ? string extends Name
      ? never
      : Name
    : never;
}[keyof Module];

/**
 * To call a task, given itself or by its name; `call('media.*')` is all whose names begin so.
 *
 * @example
 * call(add); call('add'); call<typeof tasks>('add') // the compiler knows the names
 * @throws TokenError for a name that is empty or has white space
 */
export function call<const Name extends string>(task: TaskHandle<Name>): `call:${Name}`;
// Any text, until it is given a module of tasks to check it against.
export function call<Module = unknown>(
  name: unknown extends Module ? string : TaskNames<Module> | `${string}*`,
): Scope;
export function call(task: TaskHandle | string): Scope {
  if (typeof task === 'string') return scopeOf('call', task);
  // Every function has a name: one that is no task would allow whatever task is called the same.
  if (typeof task?.name !== 'string' || typeof task.delay !== 'function') {
    throw new TokenError(`expected call() to be given a task or its name, got: ${showClaim(task)}`);
  }
  // A star of the name's own: without the mark it would stand for any rest.
  return scopeOf('call', task.name.replace(/\*$/, '\\*'));
}

/** To send calls to a queue that is not the task's own, or with more than its priority. @throws TokenError */
export function queue(name: string): Scope {
  return scopeOf('queue', name);
}

/** To watch a task that somebody else called, by its id. @throws TokenError */
export function read(id: string): Scope {
  return scopeOf('read', id);
}

/** To find and follow what the token's subject called, also after a reload and from another device. */
export const readOwn: Scope = 'read:own';

/** To cancel a task that somebody else called, by its id. @throws TokenError */
export function revoke(id: string): Scope {
  return scopeOf('revoke', id);
}

/** To cancel what the token's subject called. */
export const revokeOwn: Scope = 'revoke:own';

/** To be a worker of the queue. @throws TokenError */
export function work(queueName: string): Scope {
  return scopeOf('work', queueName);
}

/** To see everything; to change everything; to copy the store on the gateway's machine. For operators. */
export const admin: { readonly read: Scope; readonly control: Scope; readonly backup: Scope } = {
  read: 'admin:read',
  control: 'admin:control',
  backup: 'admin:backup',
};

/** All of it. A token has this alone. */
export const everything: Scope = '*';

function scopeOf(verb: ScopeVerb, what: string): Scope {
  if (typeof what !== 'string')
    throw new TokenError(`expected ${verb}() to be given a name, got: ${showClaim(what)}`);
  if (what === '') throw new TokenError(`expected ${verb}() to be given a name, got an empty one`);
  const scope = `${verb}:${what}` as const;
  const fault = faultOfScope(scope);
  if (fault !== null) throw new TokenError(fault);
  return scope;
}
