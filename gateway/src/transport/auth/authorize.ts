import {
  type CallOptions,
  CLIENT_FRAMES,
  type ControlItem,
  FEED_SCOPES,
  type FeedKind,
  type FrameScope,
  powerOf,
  type SubmitItem,
  WORKER_FRAMES,
  type WorkerHello,
} from '@celeriac/protocol/internal';
import type { CallerRights } from '../../broker/call-rights.ts';
import type { Whose } from '../../broker/monitor/monitor.ts';
import { allows, allowsOwn, allowsSome, type Grant } from './grant.ts';

/** @param caller whose token called the task that it is about, where that was looked up */
type Check = (grant: Grant, subject: string, caller?: string | null) => boolean;

const call: Check = (grant, name) => allows(grant, 'call', name);
const read: Check = (grant, id, caller = null) =>
  allows(grant, 'read', id) || allowsOwn(grant, 'read', caller);
const revoke: Check = (grant, id, caller = null) =>
  allows(grant, 'revoke', id) || allowsOwn(grant, 'revoke', caller);
const admin: Check = (grant, power) => allows(grant, 'admin', power);
const work: Check = (grant, queue) => allows(grant, 'work', queue);
const queue: Check = (grant, name) => allows(grant, 'queue', name);

/** What the table of frames says of each, as a question. */
const CHECKS: { readonly [Name in FrameScope]: Check } = {
  call,
  read,
  revoke,
  work,
  admin,
  /** Of its own tasks who may read those; of all tasks an operator. */
  tasks: (grant, power, caller = null) => admin(grant, power) || allowsOwn(grant, 'read', caller),
  // Frames before a worker's hello take effect only with it; but they may be large, so the token must allow some queue.
  worker: (grant) => allowsSome(grant, 'work'),
  none: () => true,
};

/**
 * Who may send what: one entry per frame type of both links, asked for each item with what the item is about (a task's name
 * for calls, its id for reading and revoking, a queue for a worker's hello, `control` for commands, `read` for feeds and
 * history); and one for each thing that an item may carry. The compiler refuses an option of a call or a field of a hello of which
 * it is not said what it carries.
 */
export const authorize = {
  ...checksOf(CLIENT_FRAMES),
  ...checksOf(WORKER_FRAMES),
  /** The name of a task that is linked to a call. */
  link: call,
  /** A queue, or a priority in it, that the caller has chosen. */
  queue,
  /** A call that is made inside this task, which only its caller, its readers and workers of its queue can claim. */
  lineage: (grant: Grant, id: string, caller: string | null, queue: string): boolean =>
    grant.subject === caller || work(grant, queue) || read(grant, id, caller),
  /** A call under an id that is another caller's task: may it be shown that one? */
  repeat: read,
  /** The session of a worker that served these queues is resumed. */
  session: (grant: Grant, queues: Iterable<string>): boolean =>
    [...queues].every((queue) => work(grant, queue)),
  /** A worker says what a task of this queue runs under. */
  definition: work,
} as const;

function checksOf<Table extends Readonly<Record<string, { readonly scope: FrameScope }>>>(
  table: Table,
): { readonly [Name in keyof Table]: Check } {
  const checks = Object.entries(table).map(([name, { scope }]) => [name, CHECKS[scope]]);
  // A check for each name.
  return Object.fromEntries(checks) as { readonly [Name in keyof Table]: Check };
}

/** Of a kind of feed: may it be opened, and of whose tasks? */
export function authorizeFeed(kind: FeedKind): Check {
  return CHECKS[FEED_SCOPES[kind]];
}

export function authorizeCommand(grant: Grant, command: ControlItem[0]): boolean {
  return admin(grant, powerOf(command));
}

type Entry = keyof typeof authorize;
type Places<Tuple extends readonly unknown[]> = Exclude<keyof Required<Tuple>, keyof (readonly unknown[])>;

/** What each place of a call is asked about; `null`: about nothing. */
export const CALL_CARRIES: { readonly [Place in Places<SubmitItem>]: Entry | 'options' | null } = {
  0: 'repeat',
  1: 'submit',
  2: null,
  3: 'options',
  4: null,
  5: 'lineage',
  6: 'queue',
};

export const OPTIONS_CARRY: { readonly [Option in keyof Required<CallOptions>]: Entry | null } = {
  queue: 'queue',
  priority: 'queue',
  link: 'link',
  linkError: 'link',
  countdownMs: null,
  etaAt: null,
  expiresMs: null,
  expiresAt: null,
  ignoreResult: null,
  timeLimitMs: null,
  softTimeLimitMs: null,
  headers: null,
  shadow: null,
  argsRepr: null,
  concurrencyKey: null,
};

export const HELLO_CARRIES: { readonly [Field in keyof WorkerHello]: Entry | null } = {
  queues: 'hello',
  session: 'session',
  definitions: 'definition',
  // Said of the definitions above, and of nothing else.
  appOptions: 'definition',
  // Counts only where the session that is resumed holds it.
  held: null,
  weights: null,
  protocol: null,
  token: null,
  bootId: null,
  name: null,
  host: null,
  pid: null,
  machine: null,
  // Counts only for the session that has its name, and where its token covers what that one serves.
  gone: null,
  version: null,
  ageMs: null,
  pool: null,
  concurrency: null,
  capacity: null,
};

/**
 * Whose tasks a table of them may show.
 * @param may the entry of what shows them */
export function whoseTasks(grant: Grant, may: Check): Whose | 'none' {
  if (may(grant, 'read')) return 'all';
  const { subject } = grant;
  return subject !== null && may(grant, 'read', subject) ? { subject } : 'none';
}

const rights = new WeakMap<Grant, CallerRights>();

/** What the caller of a task may do, as far as the broker has to ask. */
export function rightsOf(grant: Grant): CallerRights {
  let made = rights.get(grant);
  if (made === undefined) {
    made = makeRights(grant);
    rights.set(grant, made);
  }
  return made;
}

function makeRights(grant: Grant): CallerRights {
  return {
    subject: grant.subject,
    call: (name) => authorize.link(grant, name),
    queue: (name) => authorize.queue(grant, name),
    read: (id, caller) => authorize.repeat(grant, id, caller),
    work: (queue) => authorize.hello(grant, queue),
    family: (id, caller, queue) => authorize.lineage(grant, id, caller, queue),
  };
}
