import type { Definition } from '@celeriac/protocol/internal';
import { StateBox } from '@celeriac/runtime';
import { nanoid } from 'nanoid';
import { acceptedAt, type StoredTask, type TaskOutline } from '../../core/record.ts';
import { isNothing, type NamedSettings, type TaskSettings } from '../../core/settings.ts';
import type {
  AdvanceVerdict,
  ClaimAsk,
  Engine,
  ExpiryReport,
  HistoryQuery,
  InsertVerdict,
  LaneCount,
  Listing,
  Opened,
  Outdated,
  Promotion,
  Pruned,
  QueuePause,
  RevokedToken,
  TaskChange,
  Write,
} from '../engine.ts';
import {
  closedError,
  countLanes,
  EngineError,
  noteOldest,
  PruneStep,
  watchedWrite,
} from '../engine-parts.ts';
import { MemoryTaskTable } from './memory-task-table.ts';
import type { RankedQueue, Slot } from './ranked-queue.ts';

/**
 * Keeps tasks in this process and loses them with it: for tests and throwaway gateways.
 * Verbs take effect where they are called; `applied` settles before `committed` as on any engine.
 */
export class MemoryEngine implements Engine {
  readonly durable = false;
  readonly file = null;
  readonly failed = new Promise<Error>(() => {});
  readonly shortage = new StateBox<string | null>(null);
  readonly #epoch: string;
  readonly #tasks = new MemoryTaskTable();
  readonly #definitions = new Map<string, Definition>();
  readonly #settings = new Map<string, TaskSettings>();
  readonly #pausedQueues = new Set<string>();
  readonly #revokedTokens = new Map<string, RevokedToken>();
  #tellUnblocked: (lanes: readonly LaneCount[]) => void = () => {};
  #closed = false;

  /** @param epoch names this store; another instance is another store */
  constructor(epoch: string = nanoid()) {
    this.#epoch = epoch;
  }

  get waiting(): ReadonlyMap<string, number> {
    return this.#tasks.shelves.waiting;
  }

  get lanes(): number {
    return this.#tasks.shelves.lanes;
  }

  open(): Promise<Opened> {
    return this.#answer(() => ({
      epoch: this.#epoch,
      held: [],
      definitions: [],
      settings: [...this.#settings],
      pausedQueues: [...this.#pausedQueues],
      revokedTokens: [...this.#revokedTokens.values()],
      nextDueAt: null,
      nextExpiryAt: null,
    }));
  }

  onUnblocked(tell: (lanes: readonly LaneCount[]) => void): void {
    this.#tellUnblocked = tell;
  }

  insert(records: readonly StoredTask[]): Write<readonly InsertVerdict[]> {
    return this.#write(() => records.map((record) => this.#tasks.insert(record)));
  }

  claim(asks: readonly ClaimAsk[], now: number): Promise<readonly (readonly StoredTask[])[]> {
    return this.#answer(() => asks.map((ask) => this.#tasks.claim(ask, now)));
  }

  advance(changes: readonly TaskChange[]): Write<readonly AdvanceVerdict[]> {
    return this.#write(() => changes.map((change) => this.#tasks.advance(change)));
  }

  promoteDue(now: number, limit: number): Promise<Promotion> {
    return this.#answer(() => {
      const { scheduled } = this.#tasks.shelves;
      const promoted = takeUpTo(scheduled, now, limit);
      for (const slot of promoted) this.#tasks.makeReady(slot);
      const nextDueAt = scheduled.first() ?? null;
      const ready = promoted.map((slot) => slot.record).filter(({ phase }) => phase === 'ready');
      return { ready: countLanes(ready), nextDueAt };
    });
  }

  expired(now: number, limit: number): Promise<ExpiryReport> {
    return this.#answer(() => {
      const { expiring } = this.#tasks.shelves;
      const found = takeUpTo(expiring, now, limit);
      const nextExpiryAt = expiring.first() ?? null;
      for (const slot of found) expiring.add(slot, slot.record.expiresAt ?? now);
      return { records: found.map((slot) => slot.record), nextExpiryAt };
    });
  }

  unrouted(names: readonly string[], limit: number): Promise<readonly StoredTask[]> {
    return this.#answer(() => {
      const found: StoredTask[] = [];
      for (const name of new Set(names)) {
        for (const slot of this.#tasks.shelves.unrouted(name)) {
          if (found.length === limit) return found;
          found.push(slot.record);
        }
      }
      return found;
    });
  }

  get(ids: readonly string[]): Promise<readonly (StoredTask | undefined)[]> {
    return this.#answer(() => ids.map((id) => this.#tasks.get(id)));
  }

  outline(ids: readonly string[]): Promise<readonly (TaskOutline | undefined)[]> {
    return this.get(ids);
  }

  list(query: HistoryQuery): Promise<Listing> {
    return this.#answer(() => this.#tasks.list(query));
  }

  oldest(queues: readonly string[], lanes: number): Promise<ReadonlyMap<string, number>> {
    return this.#answer(() => {
      const oldest = new Map<string, number>();
      for (const queue of queues) {
        for (const lane of this.#tasks.shelves.lanesOf(queue).slice(0, lanes)) {
          const record = lane.oldest()?.record;
          if (record !== undefined) noteOldest(oldest, queue, acceptedAt(record));
        }
      }
      return oldest;
    });
  }

  ready(queues: readonly string[], names: readonly string[]): Promise<readonly LaneCount[]> {
    return this.#answer(() => this.#tasks.shelves.among(queues, names));
  }

  define(definitions: readonly Definition[]): Write<void> {
    return this.#write(() => {
      for (const definition of definitions) this.#definitions.set(definition.name, definition);
    });
  }

  tune(settings: readonly NamedSettings[]): Write<void> {
    return this.#write(() => {
      for (const [name, set] of settings) {
        if (isNothing(set)) this.#settings.delete(name);
        else this.#settings.set(name, set);
        this.#tasks.tune(name, set.keyLimit);
      }
    });
  }

  pause(queues: readonly QueuePause[]): Write<void> {
    return this.#write(() => {
      for (const [queue, paused] of queues) {
        if (paused) this.#pausedQueues.add(queue);
        else this.#pausedQueues.delete(queue);
      }
    });
  }

  revokeTokens(revoked: readonly RevokedToken[], now: number): Write<void> {
    return this.#write(() => {
      for (const token of revoked) this.#revokedTokens.set(`${token.by}:${token.name}`, token);
      for (const [key, { until }] of this.#revokedTokens) if (until <= now) this.#revokedTokens.delete(key);
    });
  }

  prune(outdated: Outdated, limit: number): Promise<Pruned> {
    return this.#answer(() => {
      const { ended, tombstones } = this.#tasks.shelves;
      const step = new PruneStep(limit);
      const clear = (
        timeline: RankedQueue,
        before: number,
        act: (slot: Slot) => void,
        most = limit,
      ): void => {
        for (let done = 0; done < most && !step.isOver; done++) {
          const [slot] = takeUpTo(timeline, before - 1, 1);
          if (slot === undefined) return;
          step.take(slot.record.args.length + (slot.record.body?.length ?? 0));
          act(slot);
        }
      };
      const remove = (slot: Slot): void => this.#tasks.delete(slot);
      clear(tombstones, outdated.tombstonesBefore, remove);
      clear(ended, outdated.tombstonesBefore, remove);
      clear(tombstones, outdated.surplusBefore, remove, this.#tasks.tombstones - outdated.tombstones);
      clear(ended, outdated.bodiesBefore, (slot) => this.#tasks.strip(slot));
      return { touched: step.touched, more: step.isOver };
    });
  }

  backup(_: string): Promise<number> {
    return Promise.reject(new EngineError('a store in memory has no file to copy'));
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  /** Does it now, and tells it in a promise. */
  async #answer<Value>(act: () => Value): Promise<Value> {
    if (this.#closed) throw closedError();
    return act();
  }

  #write<Verdict>(act: () => Verdict): Write<Verdict> {
    const applied = this.#answer(() => {
      const verdict = act();
      const unblocked = this.#tasks.takeUnblocked();
      if (unblocked.length > 0) this.#tellUnblocked(countLanes(unblocked));
      return verdict;
    });
    return watchedWrite(
      applied,
      applied.then((verdict) => verdict),
    );
  }
}

function takeUpTo(timeline: RankedQueue, until: number, limit: number): Slot[] {
  const taken: Slot[] = [];
  while (taken.length < limit) {
    const rank = timeline.first();
    if (rank === undefined || rank > until) break;
    const slot = timeline.take();
    if (slot !== undefined) taken.push(slot);
  }
  return taken;
}
