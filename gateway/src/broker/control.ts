import { RefusedError } from '@celeriac/protocol';
import {
  type ConcurrencySetting,
  type ControlItem,
  type ControlReply,
  orderOf,
  type Setting,
  type WireTaskLimits,
  type WorkerOrder,
} from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import { isWaiting } from '../core/record.ts';
import { type TaskSettings, withSetting } from '../core/settings.ts';
import { revokeTask, submit } from '../core/transitions.ts';
import type { Engine, TaskChange } from '../engine/engine.ts';
import type { Backups } from './backups.ts';
import type { Catalog } from './catalog.ts';
import type { MonitorFeeds } from './monitor/monitor.ts';
import type { Pauses } from './pauses.ts';
import type { Recorder } from './recorder.ts';
import type { Revocations } from './revocations.ts';
import type { Roster } from './roster.ts';
import type { RunLimits } from './run-limits.ts';

/** Tasks that one step of a purge looks at, and revokes in one write. */
const STEP = 500;
/** A waiting task can be promoted, or let through its gate, while it is being revoked; each round then finds it further on. */
const ROUNDS = 10;

interface Parts {
  readonly clock: Clock;
  readonly engine: Engine;
  readonly catalog: Catalog;
  readonly limits: RunLimits;
  readonly pauses: Pauses;
  readonly revocations: Revocations;
  readonly recorder: Recorder;
  readonly roster: Roster;
  readonly monitor: MonitorFeeds;
  readonly backups: Backups;
  readonly wake: () => void;
}

/** Does what operators ask for while everything runs: to limits, queues, tasks, workers, tokens and the store. */
export class OperatorCommands {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * One command after the other; each is in force and kept when its answer is there.
   * @throws RefusedError of the first that cannot be done: those before it are done, those after it are not
   */
  async run(items: readonly ControlItem[]): Promise<readonly ControlReply[]> {
    const replies: ControlReply[] = [];
    for (const item of items) replies.push(await this.#execute(item));
    return replies;
  }

  async #execute(item: ControlItem): Promise<ControlReply> {
    const { revocations, backups } = this.#parts;
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
        return this.#purge(item[1]);
      case 'retry':
        return this.#retry(item[1], item[2]);
      case 'revokeToken':
        return revocations.revoke(item[1], item[2], item[3]);
      case 'backup':
        return backups.take(item[1]);
      default:
        return this.#order(item[1], orderOf(item));
    }
  }

  async #pause(queue: string, paused: boolean): Promise<number> {
    const { pauses, monitor, wake } = this.#parts;
    const waiting = await pauses.set(queue, paused);
    if (!paused) wake();
    monitor.queueChanged();
    return waiting;
  }

  #rateLimit(task: string, perHour: Setting): Promise<WireTaskLimits> {
    return this.#set(task, withSetting(this.#parts.limits.settings(task), 'ratePerHour', perHour));
  }

  #concurrencyLimit(task: string, limit: ConcurrencySetting): Promise<WireTaskLimits> {
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
  async #set(task: string, settings: TaskSettings): Promise<WireTaskLimits> {
    const { engine, catalog, limits, wake } = this.#parts;
    if (catalog.options(task) === undefined) {
      throw new RefusedError('TASK_NOT_DEFINED', `no worker has defined a task named ${task}`);
    }
    limits.load([[task, settings]]);
    await engine.tune([[task, settings]]).committed;
    wake();
    return limits.of(task);
  }

  /**
   * Revokes all that is counted as waiting in a queue; what a worker has goes on. Step by step, the newest first: what is called
   * meanwhile stays.
   * @returns how many tasks were revoked
   */
  async #purge(queue: string): Promise<number> {
    let purged = 0;
    let before: number | null = null;
    do {
      const page = await this.#parts.engine.list({
        filter: { queue, states: ['PENDING', 'RETRY'] },
        before,
        limit: STEP,
        reach: 4 * STEP,
      });
      purged += await this.#revoke(
        queue,
        page.tasks.filter(isWaiting).map(({ id }) => id),
      );
      before = page.next;
    } while (before !== null);
    return purged;
  }

  /**
   * Calls a task again, with its arguments and options, as a task of its own. Its links are not made again: they are tasks
   * with ids of their own, and were made or will be. Idempotent by the new id.
   * @throws RefusedError with `TASK_NOT_FOUND`, also where the arguments are not kept any more
   */
  async #retry(id: string, newId: string): Promise<string> {
    const { clock, engine, recorder } = this.#parts;
    const [old] = await engine.get([id]);
    if (old === undefined) throw new RefusedError('TASK_NOT_FOUND', `there is no task ${id}`);
    if (old.args === '') {
      throw new RefusedError('TASK_NOT_FOUND', `the arguments of task ${id} are no longer kept`);
    }
    const { name, args, options, prepend, lineage, subject, phase } = old;
    const { link, linkError, countdownMs, etaAt, expiresMs, expiresAt, ...call } = old.call ?? {};
    const now = clock.now();
    const record = submit(
      {
        id: newId,
        name,
        args,
        options,
        prepend,
        lineage,
        subject,
        call: Object.keys(call).length === 0 ? null : call,
        routed: phase !== 'unrouted',
        dueAt: null,
        expiresAt: null,
      },
      now,
    );
    const write = engine.insert([record]);
    recorder.queued(record);
    const [verdict] = await write.committed;
    if (verdict?.inserted === true) recorder.publish(null, record);
    return newId;
  }

  /**
   * @returns how many processes of this name got the order
   * @throws RefusedError with `WORKER_NOT_FOUND` where none is connected
   */
  #order(worker: string, order: WorkerOrder): number {
    const ports = this.#parts.roster.named(worker).flatMap(({ port }) => port ?? []);
    if (ports.length === 0) {
      throw new RefusedError('WORKER_NOT_FOUND', `no worker named ${worker} is connected`);
    }
    for (const port of ports) port.order(order);
    return ports.length;
  }

  /** What has been claimed meanwhile is a worker's, and what has been routed to another queue is of that one: both stay. */
  async #revoke(queue: string, ids: readonly string[]): Promise<number> {
    const { clock, engine, recorder } = this.#parts;
    let left = ids;
    let revoked = 0;
    for (let round = 0; round < ROUNDS && left.length > 0; round++) {
      const records = await engine.get(left);
      const now = clock.now();
      const changes = records.flatMap((from): readonly TaskChange[] =>
        from === undefined || !isWaiting(from) || from.options.queue !== queue
          ? []
          : [{ from, to: revokeTask(from, 'revoked', now), urgent: true }],
      );
      const applied = await recorder.record(changes);
      const missed = changes.filter((_, position) => applied[position] !== true);
      revoked += changes.length - missed.length;
      left = missed.map(({ from }) => from.id);
    }
    return revoked;
  }
}
