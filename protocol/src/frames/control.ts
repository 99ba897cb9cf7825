/**
 * What an operator changes while everything runs (a command is a positional array that begins with its name), and what a gateway may
 * tell a worker to do.
 */
import { MAX_DURATION_MS } from '../duration.ts';
import {
  CONCURRENCY_LIMIT,
  CONTROL_ITEMS,
  FILE_NAME_LENGTH,
  TOKEN_NAME_LENGTH,
  WORKER_CAPACITY,
  WORKER_NAME_LENGTH,
} from '../limits.ts';
import { each, question } from './frame.ts';
import { type Answer, answer } from './refusal.ts';
import {
  count,
  type FrameReader,
  integer,
  named,
  nullable,
  number,
  oneOf,
  optional,
  record,
  text,
  tuple,
  upTo,
  word,
} from './shape.ts';
import { perHour, queueName, taskId, taskName } from './words.ts';

/**
 * What the gateway may tell a worker to do, by its name, and what is said behind it. None has an answer of its own: `capacity` and
 * the next beat show it. Each is a command of an operator as well, to the workers of a name.
 */
export const ORDERS = {
  /** Takes no new tasks, gives back those that have not started, and continues the running ones. */
  drain: [],
  /** Takes new tasks again. */
  resume: [],
  /** As with SIGTERM: drains, and exits after its last body, or when its shutdown timeout is over. */
  shutdown: [],
  /** Runs so many bodies at the same time from now on; if more are running, they continue. */
  concurrency: [integer(1, WORKER_CAPACITY)],
} as const satisfies Readonly<Record<string, readonly FrameReader<unknown>[]>>;
export type OrderName = keyof typeof ORDERS;

type Said<Readers extends readonly FrameReader<unknown>[]> = {
  readonly [At in keyof Readers]: ReturnType<Readers[At]>;
};
export type WorkerOrder = {
  [Name in OrderName]: readonly [order: Name, ...said: Said<(typeof ORDERS)[Name]>];
}[OrderName];
/** As an operator gives it. */
export type OrderCommand = {
  [Name in OrderName]: readonly [command: Name, worker: string, ...said: Said<(typeof ORDERS)[Name]>];
}[OrderName];

export function isOrder(name: string): name is OrderName {
  return Object.hasOwn(ORDERS, name);
}

/** What a worker is told by it. */
export function orderOf([name, , ...said]: OrderCommand): WorkerOrder {
  // What stands behind the worker's name is what the order says.
  return [name, ...said] as WorkerOrder;
}

export const readOrder = named<WorkerOrder>(ORDERS);

/** A number, `null` for no limit, or what the task's definition says. */
export type Setting = number | null | 'default';
/** A bare one is per key where the task has a `concurrencyKey`, else per task. */
export type ConcurrencySetting = Setting | { readonly task?: Setting; readonly key?: Setting };
/** What tells whose a token is (`sub`), or which one it is (`jti`). */
export type TokenClaim = 'jti' | 'sub';

const worker = upTo(WORKER_NAME_LENGTH);
const atOnce = setting(integer(1, CONCURRENCY_LIMIT));
const eachOfBoth = record<{ readonly task?: Setting; readonly key?: Setting }>({
  task: optional(atOnce),
  key: optional(atOnce),
});
const concurrency: FrameReader<ConcurrencySetting> = (value) =>
  typeof value === 'object' && value !== null ? eachOfBoth(value) : atOnce(value);

/* @__NO_SIDE_EFFECTS__ */
function setting(reader: FrameReader<number>): FrameReader<Setting> {
  return (value) => (value === null || value === 'default' ? value : reader(value));
}

/** What a token must allow beside `admin`: a file on the gateway's machine, with all that is in the store, comes with nothing else. */
export type Power = 'control' | 'backup';
interface Command<Said extends readonly unknown[]> {
  readonly power: Power;
  /** What is said behind its name. */
  readonly said: { readonly [At in keyof Said]: FrameReader<Said[At]> };
}

/* @__NO_SIDE_EFFECTS__ */
function command<Said extends readonly unknown[]>(
  power: Power,
  ...said: { readonly [At in keyof Said]: FrameReader<Said[At]> }
): Command<Said> {
  return { power, said };
}

/** By its name; and every one of {@link ORDERS} besides. */
export const COMMANDS = {
  /** Runs of a task per hour, over all workers. */
  rateLimit: command<[task: string, perHour: Setting]>('control', taskName, setting(perHour)),
  /** Runs of a task, or of each of its keys, at the same time. */
  concurrencyLimit: command<[task: string, limit: ConcurrencySetting]>('control', taskName, concurrency),
  /** Hands out no tasks of a queue until it is resumed; tasks that workers already have stay with them. */
  pauseQueue: command<[queue: string]>('control', queueName),
  /** Hands out the tasks of a paused queue again. */
  resumeQueue: command<[queue: string]>('control', queueName),
  /** Revokes all tasks that wait in a queue. */
  purge: command<[queue: string]>('control', queueName),
  /** Calls a task again under a new id, with the same arguments and options. */
  retry: command<[id: string, newId: string]>('control', taskId, taskId),
  /**
   * Revokes the token with this `jti`, or all tokens that were issued until now for this `sub`. The revocation may be
   * forgotten after `keepMs`, when the tokens have expired by themselves; `null` leaves that to the gateway.
   */
  revokeToken: command<[by: TokenClaim, name: string, keepMs: number | null]>(
    'control',
    oneOf<TokenClaim>(['jti', 'sub']),
    upTo(TOKEN_NAME_LENGTH),
    nullable(integer(0, MAX_DURATION_MS)),
  ),
  /** Copies the store into a file on the gateway's machine. */
  backup: command<[file: string]>('backup', upTo(FILE_NAME_LENGTH)),
};
type OwnCommand = keyof typeof COMMANDS;

export type ControlItem =
  | {
      [Name in OwnCommand]: (typeof COMMANDS)[Name] extends Command<infer Said>
        ? readonly [command: Name, ...said: Said]
        : never;
    }[OwnCommand]
  | OrderCommand;

/** What holds for a task from now on; `null` is no limit. */
const taskLimits = record({
  /** Runs per hour. */
  ratePerHour: nullable(number),
  /** Runs at the same time. */
  taskLimit: nullable(number),
  /** Runs at the same time for each key; `null` also where the task has no key. */
  keyLimit: nullable(number),
});
export type WireTaskLimits = ReturnType<typeof taskLimits>;

/** A copy of the store. */
const backupMade = record({
  /** Where it is, on the gateway's machine. */
  path: text,
  bytes: count,
});
export type BackupMade = ReturnType<typeof backupMade>;

/** What each command is answered with; an order with how many worker processes of its name were told. */
const REPLIES = {
  rateLimit: taskLimits,
  concurrencyLimit: taskLimits,
  /** How many tasks wait in the queue. */
  pauseQueue: count,
  resumeQueue: count,
  /** How many tasks were revoked. */
  purge: count,
  /** The new task's id. */
  retry: word,
  /** How many connections were closed. */
  revokeToken: count,
  backup: backupMade,
} satisfies { readonly [Name in OwnCommand]: FrameReader<unknown> };
export type ControlReplies = { readonly [Name in OwnCommand]: ReturnType<(typeof REPLIES)[Name]> } & {
  readonly [Name in OrderName]: number;
};
export type ControlReply = ControlReplies[ControlItem[0]];

export function powerOf(command: ControlItem[0]): Power {
  return isOrder(command) ? 'control' : COMMANDS[command].power;
}

/* @__NO_SIDE_EFFECTS__ */
function commands(): FrameReader<ControlItem> {
  const own = Object.entries(COMMANDS).map(([name, { said }]) => [name, said] as const);
  const orders = Object.entries(ORDERS).map(([name, said]) => [name, [worker, ...said]] as const);
  return named(Object.fromEntries<readonly FrameReader<unknown>[]>([...own, ...orders]));
}

export const CONTROL_FRAMES = {
  /** Commands, in order; each is answered when its change is stored. */
  control: question('admin', CONTROL_ITEMS, each(commands())),
};
export const CONTROL_ANSWERS = {
  control: (items: readonly ControlItem[]): FrameReader<Answer<readonly ControlReply[]>> =>
    answer(tuple(...items.map(([name]) => (isOrder(name) ? count : REPLIES[name])))),
};
