import type { Duration, Rate } from '@celeriac/protocol';
import {
  CONCURRENCY_LIMIT,
  CONTROL_ANSWERS,
  type ConcurrencySetting,
  type ControlItem,
  type ControlReplies,
  FILE_NAME_LENGTH,
  formatRate,
  option,
  readOptions,
  type Setting,
  TASK_ID_LENGTH,
  TASK_NAME_LENGTH,
  TOKEN_NAME_LENGTH,
  type TokenClaim,
  type WireTaskLimits,
  WORKER_CAPACITY,
  WORKER_NAME_LENGTH,
} from '@celeriac/protocol/internal';
import { readSignalOf, readWaitOptions, type SignalOptions, signalOption } from '@celeriac/runtime';
import { learn } from '#words';
import { newTaskId } from './record/task-id.ts';
import { queueOption } from './task/run-options.ts';

const taskName = option.text(TASK_NAME_LENGTH);
const workerName = option.text(WORKER_NAME_LENGTH);
const taskId = option.text(TASK_ID_LENGTH);
const fileName = option.text(FILE_NAME_LENGTH);
const slotCount = option.integer(1, WORKER_CAPACITY);
const setting = option.orNull(
  option.value<Setting>(
    `an integer from 1 to ${CONCURRENCY_LIMIT}, null or 'default'`,
    (given) =>
      given === 'default' ||
      (Number.isInteger(given) && Number(given) >= 1 && Number(given) <= CONCURRENCY_LIMIT),
  ),
);
const eachSetting = option.object({ task: setting, key: setting });
const TOKEN = { jti: option.text(TOKEN_NAME_LENGTH), sub: option.text(TOKEN_NAME_LENGTH) };
const REVOKE_TOKEN = { keep: option.duration(), signal: signalOption };

/** A task, or the name of one. */
export type TaskName = string | { readonly name: string };

/** A limit, `null` for none, or `'default'` for the limit of the task's definition. */
export type LimitChange<Limit> = Limit | null | 'default';

/** A single limit is per key if the task has a limit per key, else per task. */
export type ConcurrencyChange =
  | LimitChange<number>
  | { readonly task?: LimitChange<number> | undefined; readonly key?: LimitChange<number> | undefined };

/** One token, or all of a subject that were issued up to now. */
export type TokenChoice = { readonly jti: string } | { readonly sub: string };

/** What `app.control.revokeToken()` takes. */
export interface RevokeTokenOptions extends SignalOptions {
  /**
   * How long the gateway must remember the revocation, until the tokens have expired by themselves: seconds, or `'30d'`.
   * @default the gateway's `--max-token-age`: after that no token issued until now is valid
   */
  readonly keep?: Duration | null | undefined;
}

/** A copy of the store: where it is on the gateway's machine, and how large. */
export interface Backup {
  /** Where it is, on the gateway's machine. */
  readonly path: string;
  /** Its size. */
  readonly bytes: number;
}

/** The limits of a task, over all workers; `null` is no limit. */
export interface TaskLimits {
  /** As `'50/s'`. */
  readonly rateLimit: string | null;
  /** Runs at the same time, of the task and of each of its keys. */
  readonly concurrencyLimit: { readonly task: number | null; readonly key: number | null };
}

/** Sends one command. Rejects with RefusedError, GatewayUnreachableError or ClosedError. */
export type SendControl = <Item extends ControlItem>(
  item: Item,
  signal: AbortSignal | undefined,
) => Promise<ControlReplies[Item[0]]>;

/**
 * `app.control`: what an operator can change at run time. A limit that is set applies to all workers together, is kept by the
 * gateway, and overrides the definition until it is set to `'default'`.
 *
 * Every method rejects with OptionError for an invalid name or number, with RefusedError when the token lacks
 * `admin:control` (`FORBIDDEN`) or no worker has defined the task (`TASK_NOT_DEFINED`), and with GatewayUnreachableError after
 * `giveUpAfter`.
 * @example await app.control.rateLimit('send', '10/s');
 */
export class Control {
  readonly #send: SendControl;

  /** @internal */
  constructor(send: SendControl) {
    this.#send = send;
  }

  /**
   * Changes how often tasks of a name may begin: `'10/s'`, `'100/m'`, `'5/h'`, or a number of them per second.
   * @throws OptionError
   * @example await app.control.rateLimit(send, '10/s'); // { rateLimit: '10/s', concurrencyLimit: … }
   */
  async rateLimit(task: TaskName, rate: LimitChange<Rate>, options: SignalOptions = {}): Promise<TaskLimits> {
    const perHour = rate === 'default' ? rate : option.rate(rate, 'rate');
    return shown(await this.#tell(['rateLimit', readTask(task), perHour], options));
  }

  /**
   * Changes how many tasks of a name, or of each of its keys, may run at the same time. Running tasks are not stopped.
   * @throws OptionError
   * @example await app.control.concurrencyLimit('charge', { task: 20, key: 1 });
   */
  async concurrencyLimit(
    task: TaskName,
    limit: ConcurrencyChange,
    options: SignalOptions = {},
  ): Promise<TaskLimits> {
    return shown(await this.#tell(['concurrencyLimit', readTask(task), readConcurrency(limit)], options));
  }

  /**
   * Stops handing out tasks of a queue, even after a restart of the gateway. Calls are accepted as before and wait (`waiting:
   * 'pause'`). Tasks that workers already have still run.
   * @returns how many tasks wait in the queue
   * @throws OptionError
   * @example const waiting = await app.control.pauseQueue('media');
   */
  async pauseQueue(queue: string, options: SignalOptions = {}): Promise<number> {
    return this.#tell(['pauseQueue', queueOption(queue, 'queue')], options);
  }

  /**
   * Ends a pause: tasks of the queue are handed out again.
   * @returns how many tasks wait in the queue
   * @throws OptionError
   * @example await app.control.resumeQueue('media');
   */
  async resumeQueue(queue: string, options: SignalOptions = {}): Promise<number> {
    return this.#tell(['resumeQueue', queueOption(queue, 'queue')], options);
  }

  /**
   * Revokes all tasks that wait in a queue; running ones continue.
   * @returns how many tasks
   * @throws OptionError
   * @example const revoked = await app.control.purge('media');
   */
  async purge(queue: string, options: SignalOptions = {}): Promise<number> {
    return this.#tell(['purge', queueOption(queue, 'queue')], options);
  }

  /**
   * Calls a task again, as a new task: same name, arguments and options, without its links and times. Rejects with RefusedError
   * (`TASK_NOT_FOUND`) when its arguments are not kept.
   * @returns the new task's id
   * @throws OptionError
   * @example const again = app.AsyncResult(await app.control.retry(id));
   */
  async retry(id: string, options: SignalOptions = {}): Promise<string> {
    return this.#tell(['retry', taskId(id, 'id'), newTaskId()], options);
  }

  /**
   * Tells a worker to take no new tasks: those that have not started are given back, running ones continue. Like the next
   * three, it rejects with
   * RefusedError (`WORKER_NOT_FOUND`) when no worker of the name is connected.
   * @returns how many processes of this name got the order
   * @throws OptionError
   * @example await app.control.drain('w1');
   */
  async drain(worker: string, options: SignalOptions = {}): Promise<number> {
    return this.#tell(['drain', workerName(worker, 'worker')], options);
  }

  /**
   * Lets a drained worker take tasks again.
   * @returns how many processes of this name got the order
   * @throws OptionError
   * @example await app.control.resume('w1');
   */
  async resume(worker: string, options: SignalOptions = {}): Promise<number> {
    return this.#tell(['resume', workerName(worker, 'worker')], options);
  }

  /**
   * Tells a worker to stop as after SIGTERM: when its last task has ended, or when its `shutdownTimeout` is over.
   * @example await app.control.shutdown('w1');
   */
  async shutdown(worker: string, options: SignalOptions = {}): Promise<number> {
    return this.#tell(['shutdown', workerName(worker, 'worker')], options);
  }

  /**
   * Revokes a token: its connections, of clients and workers, are closed at once, and it is refused for new ones, even after a
   * restart of the gateway. With `sub` this applies to all tokens issued until now or in the next 5 s; later ones are valid.
   * Rejects with RefusedError (`TOO_MANY_REVOCATIONS`) when 10,000 are kept.
   * @returns how many connections were closed
   * @throws OptionError
   * @example await app.control.revokeToken({ sub: 'user-17' });
   */
  async revokeToken(token: TokenChoice, options: RevokeTokenOptions = {}): Promise<number> {
    const [by, name] = readTokenChoice(token);
    const { keep: keepMs = null, signal } = readWaitOptions(
      options,
      REVOKE_TOKEN,
      'app.control.revokeToken()',
    );
    return this.#send(['revokeToken', by, name, keepMs], signal);
  }

  /**
   * Copies the store into a file on the gateway's machine while the gateway runs; everything that was accepted before is in it.
   * The file must not exist yet. It is in the gateway's folder for backups, and a relative path starts there. Needs a token
   * with `admin:backup`. Rejects with RefusedError: `BACKUP_REFUSED` says what is wrong with the file, or that the store is in
   * memory; `BACKUP_FAILED` says why the copy failed.
   * @returns its path and its size
   * @throws OptionError
   * @example const { path } = await app.control.backup('monday.db');
   */
  async backup(file: string, options: SignalOptions = {}): Promise<Backup> {
    return this.#tell(['backup', fileName(file, 'file')], options);
  }

  /**
   * Sets how many tasks a worker runs at the same time; if more are running, they continue.
   * @example await app.control.concurrency('w1', 8);
   */
  async concurrency(worker: string, slots: number, options: SignalOptions = {}): Promise<number> {
    return this.#tell(['concurrency', workerName(worker, 'worker'), slotCount(slots, 'slots')], options);
  }

  /** A command is named as its method. */
  #tell<Item extends ControlItem>(item: Item, options: SignalOptions): Promise<ControlReplies[Item[0]]> {
    return this.#send(item, readSignalOf(options, `app.control.${item[0]}()`));
  }
}

/** @internal */
export function controlOf(send: SendControl): Control {
  learn({ answers: CONTROL_ANSWERS });
  return new Control(send);
}

function readTokenChoice(token: TokenChoice): readonly [TokenClaim, string] {
  const { jti, sub } = readOptions(token, TOKEN, 'app.control.revokeToken()');
  if (jti !== undefined && sub === undefined) return ['jti', jti];
  if (sub !== undefined && jti === undefined) return ['sub', sub];
  throw option.expected('token', '{ jti } or { sub }', token);
}

function readTask(task: TaskName): string {
  return taskName(typeof task === 'string' ? task : task?.name, 'task');
}

function readConcurrency(limit: ConcurrencyChange): ConcurrencySetting {
  if (typeof limit !== 'object' || limit === null) return setting(limit, 'limit');
  const each = eachSetting(limit, 'limit');
  if (Object.keys(each).length > 0) return each;
  throw option.expected('limit', 'a number, null, or { task, key }', limit);
}

function shown({ ratePerHour, taskLimit, keyLimit }: WireTaskLimits): TaskLimits {
  return {
    rateLimit: ratePerHour === null ? null : formatRate(ratePerHour),
    concurrencyLimit: { task: taskLimit, key: keyLimit },
  };
}
