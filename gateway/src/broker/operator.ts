import { RefusedError, type WorkerOrder } from '@celeriac/protocol';
import type { Clock } from '@celeriac/runtime';
import { isWaiting } from '../core/record.ts';
import { revoke, submit } from '../core/transitions.ts';
import type { Change, Engine } from '../engine/engine.ts';
import type { Recorder } from './recorder.ts';
import type { Roster } from './roster.ts';

/** Tasks that one step of a purge looks at, and revokes in one write. */
const STEP = 500;
/** A waiting task can be promoted, or let through its gate, while it is being revoked; each round then finds it further on. */
const ROUNDS = 10;

interface Parts {
  readonly clock: Clock;
  readonly engine: Engine;
  readonly recorder: Recorder;
  readonly roster: Roster;
}

/** What operators do to tasks and workers by hand. */
export class Operator {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Revokes all that is counted as waiting in a queue; what a worker has goes on. Step by step, the newest first: what is called
   * meanwhile stays.
   * @returns how many tasks were revoked
   */
  async purge(queue: string): Promise<number> {
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
  async retry(id: string, newId: string): Promise<string> {
    const { clock, engine, recorder } = this.#parts;
    const [old] = await engine.get([id]);
    if (old === undefined) throw new RefusedError('TASK_NOT_FOUND', `there is no task ${id}`);
    if (old.args === '') {
      throw new RefusedError('TASK_NOT_FOUND', `what task ${id} was called with is not kept any more`);
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
   * @returns how many processes of this name were told
   * @throws RefusedError with `WORKER_NOT_FOUND` where none is connected
   */
  order(worker: string, order: WorkerOrder): number {
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
      const changes = records.flatMap((from): readonly Change[] =>
        from === undefined || !isWaiting(from) || from.options.queue !== queue
          ? []
          : [{ from, to: revoke(from, 'revoked', now), urgent: true }],
      );
      const applied = await recorder.record(changes);
      const missed = changes.filter((_, position) => applied[position] !== true);
      revoked += changes.length - missed.length;
      left = missed.map(({ from }) => from.id);
    }
    return revoked;
  }
}
