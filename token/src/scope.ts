import { showClaim, TokenError } from './token-error.ts';

export const SCOPE_VERBS = ['call', 'read', 'revoke', 'queue', 'work', 'admin'] as const;

/** What a scope allows, before its colon. */
export type ScopeVerb = (typeof SCOPE_VERBS)[number];

/** `VERB:WHAT`, where a `*` at the end stands for any rest; or `*` alone, for everything. */
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
  return `expected a scope to be VERB:WHAT, with one of the verbs ${SCOPE_VERBS.join(', ')}, got: ${showClaim(scope)}`;
}

/** A task of an app, wherever its function is: an exported task, or one of `app.tasks`. */
export interface TaskHandle<Name extends string = string> {
  /** The name that it is called by. */
  readonly name: Name;
  /** By this method a task is told from a plain function. */
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
 * Allows calling a task, given as itself or by its name; `call('media.*')` is for all tasks whose names begin with `media.`.
 *
 * @example
 * call(add); call('add'); call<typeof tasks>('add') // the compiler knows the names
 * @throws TokenError for a name that is empty or has white space
 */
export function call<const Name extends string>(task: TaskHandle<Name>): `call:${Name}`;
/**
 * The same for a name: any text, until a module of tasks is given to check it against.
 * @example call<typeof tasks>('add')
 */
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

/**
 * Allows sending calls to a queue other than the task's own, or with a higher priority.
 * @example queue('media')
 * @throws TokenError for a name that is empty or has white space
 */
export function queue(name: string): Scope {
  return scopeOf('queue', name);
}

/**
 * Allows watching a task that somebody else called, by its id.
 * @example read(res.id)
 * @throws TokenError for an id that is empty or has white space
 */
export function read(id: string): Scope {
  return scopeOf('read', id);
}

/** Allows finding and following the calls of the token's subject, also after a reload and from another device. */
export const readOwn: Scope = 'read:own';

/**
 * Allows cancelling a task that somebody else called, by its id.
 * @example revoke(res.id)
 * @throws TokenError for an id that is empty or has white space
 */
export function revoke(id: string): Scope {
  return scopeOf('revoke', id);
}

/** Allows cancelling the calls of the token's subject. */
export const revokeOwn: Scope = 'revoke:own';

/**
 * Allows being a worker of the queue.
 * @example work('media')
 * @throws TokenError for a name that is empty or has white space
 */
export function work(queueName: string): Scope {
  return scopeOf('work', queueName);
}

/** For operators: `read` allows seeing everything, `control` changing everything, `backup` copying the store on the gateway's machine. */
export const admin: { readonly read: Scope; readonly control: Scope; readonly backup: Scope } = {
  read: 'admin:read',
  control: 'admin:control',
  backup: 'admin:backup',
};

/** Allows everything. A token with it has no other scope. */
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
