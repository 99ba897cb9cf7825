import {
  type ConcurrencySetting,
  type ControlItem,
  type ControlReply,
  RefusedError,
  type Setting,
  type TaskLimits,
} from '@celeriac/protocol';
import { type TaskSettings, withSetting } from '../core/settings.ts';
import type { Engine } from '../engine/engine.ts';
import type { Backups } from './backups.ts';
import type { Catalog } from './catalog.ts';
import type { Limits } from './limits.ts';
import type { Monitor } from './monitor/monitor.ts';
import type { Operator } from './operator.ts';
import type { Pauses } from './pauses.ts';
import type { Revocations } from './revocations.ts';

interface Parts {
  readonly engine: Engine;
  readonly catalog: Catalog;
  readonly limits: Limits;
  readonly operator: Operator;
  readonly pauses: Pauses;
  readonly revocations: Revocations;
  readonly monitor: Monitor;
  readonly backups: Backups;
  readonly wake: () => void;
}

/** Does what operators ask for while everything runs. */
export class Controller {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * One command after the other; each is in force and kept when its answer is there.
   * @throws RefusedError of the first that cannot be done: those before it are done, those after it are not
   */
  async control(items: readonly ControlItem[]): Promise<readonly ControlReply[]> {
    const replies: ControlReply[] = [];
    for (const item of items) replies.push(await this.#execute(item));
    return replies;
  }

  async #execute(item: ControlItem): Promise<ControlReply> {
    const { operator, revocations, backups } = this.#parts;
    switch (item[0]) {
      case 'rateLimit':
        return this.#rateLimit(item[1], item[2]);
      case 'concurrencyLimit':
        return this.#concurrencyLimit(item[1], item[2]);
      case 'pauseQueue':
        return this.#pause(item[1], true);
      case 'resumeQueue':
        return this.#pause(item[1], false);
      case 'purge':
        return operator.purge(item[1]);
      case 'retry':
        return operator.retry(item[1], item[2]);
      case 'drain':
      case 'resume':
      case 'shutdown':
        return operator.order(item[1], [item[0]]);
      case 'concurrency':
        return operator.order(item[1], [item[0], item[2]]);
      case 'revokeToken':
        return revocations.revoke(item[1], item[2], item[3]);
      case 'backup':
        return backups.take(item[1]);
      default:
        return item satisfies never;
    }
  }

  async #pause(queue: string, paused: boolean): Promise<number> {
    const { pauses, monitor, wake } = this.#parts;
    const waiting = await pauses.set(queue, paused);
    if (!paused) wake();
    monitor.queueChanged();
    return waiting;
  }

  #rateLimit(task: string, perHour: Setting): Promise<TaskLimits> {
    return this.#set(task, withSetting(this.#parts.limits.settings(task), 'ratePerHour', perHour));
  }

  #concurrencyLimit(task: string, limit: ConcurrencySetting): Promise<TaskLimits> {
    const before = this.#parts.limits.settings(task);
    if (typeof limit === 'object' && limit !== null) {
      return this.#set(
        task,
        withSetting(withSetting(before, 'taskLimit', limit.task), 'keyLimit', limit.key),
      );
    }
    const hasKey = this.#parts.catalog.options(task)?.keyLimit !== undefined;
    return this.#set(task, withSetting(before, hasKey ? 'keyLimit' : 'taskLimit', limit));
  }

  /** What is set for a name that nobody has defined would hold for nothing, and is most likely misspelt. */
  async #set(task: string, settings: TaskSettings): Promise<TaskLimits> {
    const { engine, catalog, limits, wake } = this.#parts;
    if (catalog.options(task) === undefined) {
      throw new RefusedError('TASK_NOT_DEFINED', `no worker has defined a task named ${task}`);
    }
    limits.load([[task, settings]]);
    await engine.tune([[task, settings]]).committed;
    wake();
    return limits.of(task);
  }
}
