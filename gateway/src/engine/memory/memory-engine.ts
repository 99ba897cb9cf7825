import type { Definition } from '@celeriac/protocol';
import { StateBox } from '@celeriac/runtime';
import { nanoid } from 'nanoid';
import { contentHash, sameContent } from '../../core/content.ts';
import type { Lane } from '../../core/lane.ts';
import { isWaiting, type Lease, type TaskRecord } from '../../core/record.ts';
import { isNothing, type NamedSettings, type TaskSettings } from '../../core/settings.ts';
import { matchesText, mayMatch, summaryOf, type TaskSummary } from '../../core/summary.ts';
import { lease } from '../../core/transitions.ts';
import type {
  Change,
  ClaimAsk,
  Engine,
  ExpiryReport,
  InsertVerdict,
  LaneCount,
  Listing,
  ListQuery,
  Opened,
  Promotion,
  QueuePause,
  Write,
} from '../engine.ts';
import { closedError } from '../engine-error.ts';
import { countLanes } from '../lane-counts.ts';
import { noteOldest } from '../oldest.ts';
import { QueueCounts } from '../queue-counts.ts';
import { isStripped } from '../stripped.ts';
import { watchedWrite } from '../write.ts';
import { Gates } from './gates.ts';
import { Shelves } from './shelves.ts';
import type { Slot } from './slot.ts';
import type { Timeline } from './timeline.ts';

/**
 * Keeps tasks in this process and loses them with it: for tests and throwaway gateways.
 * Verbs take effect where they are called; `applied` settles before `committed` as on any engine.
 */
export class MemoryEngine implements Engine {
  readonly durable = false;
  readonly failed = new Promise<Error>(() => {});
  readonly shortage = new StateBox<string | null>(null);
  readonly #epoch: string;
  /** In the order of their keys. */
  readonly #slots = new Map<string, Slot>();
  readonly #byKey = new Map<number, Slot>();
  readonly #shelves = new Shelves();
  readonly #gates = new Gates();
  readonly #definitions = new Map<string, Definition>();
  readonly #settings = new Map<string, TaskSettings>();
  readonly #pausedQueues = new Set<string>();
  readonly #waiting = new QueueCounts();
  /** Made ready by the present write because another one left their gate. */
  #through: TaskRecord[] = [];
  #tellThrough: (lanes: readonly LaneCount[]) => void = () => {};
  #lastKey = 0;
  #closed = false;

  /** @param epoch names this store; another instance is another store */
  constructor(epoch: string = nanoid()) {
    this.#epoch = epoch;
  }

  get waiting(): ReadonlyMap<string, number> {
    return this.#waiting.counts;
  }

  open(): Promise<Opened> {
    return this.#answer(() => ({
      epoch: this.#epoch,
      ready: [],
      held: [],
      definitions: [],
      settings: [...this.#settings],
      pausedQueues: [...this.#pausedQueues],
      nextDueAt: null,
      nextExpiryAt: null,
    }));
  }

  onThrough(tell: (lanes: readonly LaneCount[]) => void): void {
    this.#tellThrough = tell;
  }

  insert(records: readonly TaskRecord[]): Write<readonly InsertVerdict[]> {
    return this.#write(() => records.map((record) => this.#insertOne(record)));
  }

  claim(asks: readonly ClaimAsk[], now: number): Promise<readonly (readonly TaskRecord[])[]> {
    return this.#answer(() => asks.map((ask) => this.#claimFor(ask, now)));
  }

  advance(changes: readonly Change[]): Write<readonly ('applied' | 'missed')[]> {
    return this.#write(() => changes.map((change) => this.#advanceOne(change)));
  }

  promoteDue(now: number, limit: number): Promise<Promotion> {
    return this.#answer(() => {
      const promoted = takeUpTo(this.#shelves.scheduled, now, limit);
      for (const slot of promoted) {
        this.#put(slot, { ...slot.record, phase: 'ready', version: slot.record.version + 1 });
      }
      const nextDueAt = this.#shelves.scheduled.first() ?? null;
      const ready = promoted.map((slot) => slot.record).filter(({ phase }) => phase === 'ready');
      return { ready: countLanes(ready), nextDueAt };
    });
  }

  expired(now: number, limit: number): Promise<ExpiryReport> {
    return this.#answer(() => {
      const { expiring } = this.#shelves;
      const found = takeUpTo(expiring, now, limit);
      const nextExpiryAt = expiring.first() ?? null;
      for (const slot of found) expiring.add(slot, slot.record.expiresAt ?? now);
      return { records: found.map((slot) => slot.record), nextExpiryAt };
    });
  }

  unrouted(names: readonly string[], limit: number): Promise<readonly TaskRecord[]> {
    return this.#answer(() => {
      const found: TaskRecord[] = [];
      for (const name of new Set(names)) {
        for (const slot of this.#shelves.unrouted(name)) {
          if (found.length === limit) return found;
          found.push(slot.record);
        }
      }
      return found;
    });
  }

  get(ids: readonly string[]): Promise<readonly (TaskRecord | undefined)[]> {
    return this.#answer(() => ids.map((id) => this.#slots.get(id)?.record));
  }

  list(query: ListQuery): Promise<Listing> {
    return this.#answer(() => this.#list(query));
  }

  oldest(lanes: readonly Lane[]): Promise<ReadonlyMap<string, number>> {
    return this.#answer(() => {
      const oldest = new Map<string, number>();
      for (const lane of lanes) {
        const record = this.#shelves.lane(lane).oldest()?.record;
        if (record !== undefined) noteOldest(oldest, lane.queue, record.history.entries[0]?.[2] ?? 0);
      }
      return oldest;
    });
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
        for (const slot of this.#gates.tune(name, set.keyLimit)) this.#open(slot.record);
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

  prune(bodiesBefore: number, tombstonesBefore: number, limit: number): Promise<number> {
    return this.#answer(() => {
      const { ended, tombstones } = this.#shelves;
      const old = takeUpTo(tombstones, tombstonesBefore - 1, limit);
      old.push(...takeUpTo(ended, tombstonesBefore - 1, limit - old.length));
      for (const slot of old) this.#delete(slot);
      const full = takeUpTo(ended, bodiesBefore - 1, limit - old.length);
      for (const slot of full) {
        slot.hash ??= contentHash(slot.record);
        slot.bare = true;
        this.#put(slot, {
          ...slot.record,
          args: '',
          prepend: [],
          body: null,
          version: slot.record.version + 1,
        });
      }
      return old.length + full.length;
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  #list({ filter, before, limit, reach }: ListQuery): Listing {
    const oldest = this.#slots.values().next().value?.record.key ?? Number.POSITIVE_INFINITY;
    let top = Math.min(this.#lastKey, (before ?? Number.POSITIVE_INFINITY) - 1);
    while (top >= oldest && !this.#byKey.has(top)) top -= 1;
    const bottom = Math.max(oldest, top - reach + 1);
    const tasks: TaskSummary[] = [];
    let key = top;
    for (; key >= bottom && tasks.length < limit; key--) {
      const slot = this.#byKey.get(key);
      if (slot === undefined || !mayMatch(slot.record, filter)) continue;
      const summary = summaryOf(slot.record);
      if (matchesText(summary, filter)) tasks.push(summary);
    }
    return { tasks, next: key < oldest ? null : key + 1 };
  }

  #insertOne(record: TaskRecord): InsertVerdict {
    const slot = this.#slots.get(record.id);
    if (slot !== undefined) {
      const same = slot.hash === null ? sameContent(slot.record, record) : slot.hash === contentHash(record);
      return { inserted: false, same, existing: slot.record };
    }
    const key = ++this.#lastKey;
    const created: Slot = { record: { ...record, key }, hash: null, bare: false, deleted: false };
    this.#slots.set(record.id, created);
    this.#byKey.set(key, created);
    this.#put(created, created.record, null);
    return { inserted: true, key };
  }

  #claimFor(ask: ClaimAsk, now: number): readonly TaskRecord[] {
    const most = new Map<Timeline, number>();
    for (const [position, lane] of ask.lanes.entries())
      most.set(this.#shelves.lane(lane), ask.most?.[position] ?? ask.limit);
    const expired: (readonly [Timeline, Slot, number])[] = [];
    const claimed: TaskRecord[] = [];
    while (claimed.length < ask.limit) {
      const lane = best(most);
      const rank = lane?.first();
      const slot = lane?.take();
      if (lane === undefined || slot === undefined || rank === undefined) break;
      if (slot.record.expiresAt !== null && slot.record.expiresAt <= now) {
        expired.push([lane, slot, rank]);
        continue;
      }
      const given: Lease = {
        session: ask.session,
        worker: ask.worker,
        nonce: `${ask.seed}.${claimed.length}`,
      };
      this.#put(slot, lease(slot.record, given));
      claimed.push(slot.record);
      most.set(lane, (most.get(lane) ?? 0) - 1);
    }
    for (const [lane, slot, rank] of expired) lane.add(slot, rank);
    return claimed;
  }

  #advanceOne({ from, to, spawn }: Change): 'applied' | 'missed' {
    const slot = this.#slots.get(from.id);
    if (slot === undefined || slot.record.key !== from.key || slot.record.version !== from.version)
      return 'missed';
    if (slot.record.phase !== from.phase || slot.record.lease?.nonce !== from.lease?.nonce) return 'missed';
    const bare = isStripped(from, to);
    if (bare || to.args !== from.args) slot.hash ??= contentHash(from);
    slot.bare ||= bare;
    this.#put(slot, to);
    if (spawn !== undefined) for (const record of spawn) this.#insertOne(record);
    return 'applied';
  }

  /** @param before what the store had of it; `null`: nothing */
  #put(slot: Slot, record: TaskRecord, before: TaskRecord | null = slot.record): void {
    if (before !== null && isWaiting(before)) this.#waiting.add(before.options.queue, -1);
    if (isWaiting(record)) this.#waiting.add(record.options.queue, 1);
    const { as, freed } = this.#gates.pass(before, record);
    slot.record = as;
    this.#shelves.place(slot);
    if (as.phase === 'blocked') this.#gates.wait(slot);
    if (freed) this.#open(record);
  }

  /** Lets through its gate who has room there. */
  #open(record: TaskRecord): void {
    for (let next = this.#gates.next(record); next !== undefined; next = this.#gates.next(record)) {
      this.#put(next, { ...next.record, phase: 'ready', version: next.record.version + 1 });
      this.#through.push(next.record);
    }
  }

  #tell(): void {
    const through = this.#through;
    if (through.length === 0) return;
    this.#through = [];
    this.#tellThrough(countLanes(through));
  }

  #delete(slot: Slot): void {
    slot.deleted = true;
    this.#slots.delete(slot.record.id);
    this.#byKey.delete(slot.record.key);
  }

  /** Does it now, and tells it in a promise. */
  async #answer<Value>(act: () => Value): Promise<Value> {
    if (this.#closed) throw closedError();
    const value = act();
    this.#waiting.commit();
    return value;
  }

  #write<Verdict>(act: () => Verdict): Write<Verdict> {
    const applied = this.#answer(() => {
      const verdict = act();
      this.#tell();
      return verdict;
    });
    return watchedWrite(
      applied,
      applied.then((verdict) => verdict),
    );
  }
}

function takeUpTo(timeline: Timeline, until: number, limit: number): Slot[] {
  const taken: Slot[] = [];
  while (taken.length < limit) {
    const rank = timeline.first();
    if (rank === undefined || rank > until) break;
    const slot = timeline.take();
    if (slot !== undefined) taken.push(slot);
  }
  return taken;
}

/** The lane whose first task is the best of all that may still give one: by rank, then by age. */
function best(most: ReadonlyMap<Timeline, number>): Timeline | undefined {
  let found: Timeline | undefined;
  let order: readonly [rank: number, key: number] | undefined;
  for (const [lane, left] of most) {
    if (left <= 0) continue;
    const rank = lane.first();
    const key = lane.peek()?.record.key;
    if (rank === undefined || key === undefined) continue;
    if (order !== undefined && (order[0] < rank || (order[0] === rank && order[1] < key))) continue;
    order = [rank, key];
    found = lane;
  }
  return found;
}
