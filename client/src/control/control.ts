import {
  CONCURRENCY_LIMIT,
  type ConcurrencySetting,
  type ControlItem,
  type ControlReply,
  formatRate,
  parseRate,
  type Rate,
  type Setting,
  TASK_NAME_LENGTH,
  type TaskLimits as WireTaskLimits,
} from '@celeriac/protocol';
import { expected, readInteger, readNames, readText } from '../task/option-reading.ts';

/** A task, or the name of one. */
export type TaskName = string | { readonly name: string };

/** A limit, `null` for none, or `'default'`: what the task's definition says. */
export type LimitChange<Limit> = Limit | null | 'default';

/** A bare one is per key where the task has a limit per key, else per task. */
export type ConcurrencyChange =
  | LimitChange<number>
  | { readonly task?: LimitChange<number> | undefined; readonly key?: LimitChange<number> | undefined };

/** What holds for a task, over all workers; `null` is no limit. */
export interface TaskLimits {
  /** As `'50/s'`. */
  readonly rateLimit: string | null;
  /** Runs at the same time, of the task and of each of its keys. */
  readonly concurrencyLimit: { readonly task: number | null; readonly key: number | null };
}

/** Sends one command. Rejects with RefusedError, GatewayUnreachableError or ClosedError. */
type SendControl = (item: ControlItem) => Promise<ControlReply>;

/**
 * `app.control`: what an operator changes while everything runs. What was set holds for all workers at once, is kept by the
 * gateway, and stands above the definition until it is set to `'default'`.
 *
 * Every method rejects with RefusedError when the token lacks `admin:control` (`FORBIDDEN`) or no worker has defined the
 * task (`TASK_NOT_DEFINED`), and with GatewayUnreachableError after `giveUpAfter`.
 */
export class Control {
  readonly #send: SendControl;

  constructor(send: SendControl) {
    this.#send = send;
  }

  /**
   * Changes how often tasks of a name may begin: `'10/s'`, `'100/m'`, `'5/h'`, or a number of them per second.
   * @throws OptionError
   */
  async rateLimit(task: TaskName, rate: LimitChange<Rate>): Promise<TaskLimits> {
    const perHour = rate === 'default' ? rate : parseRate(rate, 'rate');
    return shown(await this.#send(['rateLimit', readTask(task), perHour]));
  }

  /**
   * Changes how many tasks of a name, or of each of its keys, may run at the same time. What runs is not stopped.
   * @throws OptionError
   */
  async concurrencyLimit(task: TaskName, limit: ConcurrencyChange): Promise<TaskLimits> {
    return shown(await this.#send(['concurrencyLimit', readTask(task), readConcurrency(limit)]));
  }
}

function readTask(task: TaskName): string {
  const name: unknown = typeof task === 'string' ? task : task.name;
  return readText(name, 'task', TASK_NAME_LENGTH);
}

function readConcurrency(limit: ConcurrencyChange): ConcurrencySetting {
  if (typeof limit !== 'object' || limit === null) return readSetting(limit, 'limit');
  const names = readNames(limit, ['task', 'key'], 'app.control.concurrencyLimit()');
  if (names.size === 0) throw expected('limit', 'a number, null, or { task, key }', limit);
  return Object.fromEntries([...names].map(([name, value]) => [name, readSetting(value, name)]));
}

function readSetting(value: unknown, option: string): Setting {
  return value === null || value === 'default' ? value : readInteger(value, option, 1, CONCURRENCY_LIMIT);
}

function shown({ ratePerHour, taskLimit, keyLimit }: WireTaskLimits): TaskLimits {
  return {
    rateLimit: ratePerHour === null ? null : formatRate(ratePerHour),
    concurrencyLimit: { task: taskLimit, key: keyLimit },
  };
}
