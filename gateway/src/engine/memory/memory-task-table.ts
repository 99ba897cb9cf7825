import { contentHash, sameContent } from '../../core/content.ts';
import { type AttemptLease, acceptedAt, outlineOf, type StoredTask } from '../../core/record.ts';
import { matchesText, mayMatch, summaryOf, type TaskSummary } from '../../core/summary.ts';
import { disown, lease } from '../../core/transitions.ts';
import type {
  AdvanceVerdict,
  ClaimAsk,
  HistoryQuery,
  InsertVerdict,
  Listing,
  TaskChange,
} from '../engine.ts';
import { type Budget, budgetsOf, comesAnew, isStripped } from '../engine-parts.ts';
import { MemoryGates } from './memory-gates.ts';
import { Owned } from './owned.ts';
import type { RankedQueue, Slot } from './ranked-queue.ts';
import { Shelves } from './shelves.ts';

/** The tasks that a memory engine keeps, by id and by key, and every place in which they are looked for. */
export class MemoryTaskTable {
  readonly shelves = new Shelves();
  readonly #slots = new Map<string, Slot>();
  readonly #owned = new Owned();
  readonly #gates = new MemoryGates();
  /** Made ready because another one left their gate. */
  #unblocked: StoredTask[] = [];
  #lastKey = 0;
  #lastPlace = 0;
  #tombstones = 0;

  /** How many tombstones there are. */
  get tombstones(): number {
    return this.#tombstones;
  }

  get(id: string): StoredTask | undefined {
    return this.#slots.get(id)?.record;
  }

  /** The tasks that became unblocked since this was last called. */
  takeUnblocked(): readonly StoredTask[] {
    const unblocked = this.#unblocked;
    this.#unblocked = [];
    return unblocked;
  }

  insert(record: StoredTask): InsertVerdict {
    const slot = this.#slots.get(record.id);
    if (slot !== undefined) {
      const same = slot.hash === null ? sameContent(slot.record, record) : slot.hash === contentHash(record);
      return { inserted: false, same, acceptedAt: acceptedAt(slot.record), existing: outlineOf(slot.record) };
    }
    const key = ++this.#lastKey;
    const created: Slot = {
      record: { ...record, key },
      place: ++this.#lastPlace,
      hash: null,
      bare: false,
      deleted: false,
    };
    this.#slots.set(record.id, created);
    this.#owned.add(created);
    this.#put(created, created.record, null);
    return { inserted: true, key };
  }

  claim(ask: ClaimAsk, now: number): readonly StoredTask[] {
    const most = new Map<RankedQueue, Budget>();
    const budgets = budgetsOf(
      ask.lanes.map(({ name }) => name),
      ask,
    );
    for (const [position, lane] of ask.lanes.entries()) {
      const ready = this.shelves.lane(lane);
      const budget = budgets[position];
      if (ready !== undefined && budget !== undefined) most.set(ready, budget);
    }
    const expired: (readonly [RankedQueue, Slot])[] = [];
    const claimed: StoredTask[] = [];
    while (claimed.length < ask.limit) {
      const lane = best(most);
      const slot = lane?.take();
      if (lane === undefined || slot === undefined) break;
      if (slot.record.expiresAt !== null && slot.record.expiresAt <= now) {
        expired.push([lane, slot]);
        continue;
      }
      const given: AttemptLease = {
        session: ask.session,
        worker: ask.worker,
        nonce: `${ask.seed}.${claimed.length}`,
      };
      this.#put(slot, lease(slot.record, given));
      claimed.push(slot.record);
      const budget = most.get(lane);
      if (budget !== undefined) budget.left -= 1;
    }
    for (const [lane, slot] of expired) lane.add(slot, -slot.record.options.priority, slot.place);
    return claimed;
  }

  advance({ from, to, spawn = [] }: TaskChange): AdvanceVerdict {
    const slot = this.#slots.get(from.id);
    if (slot === undefined || slot.record.key !== from.key || slot.record.version !== from.version)
      return 'missed';
    if (slot.record.phase !== from.phase || slot.record.lease?.nonce !== from.lease?.nonce) return 'missed';
    const bare = isStripped(from, to);
    if (bare || to.args !== from.args) slot.hash ??= contentHash(from);
    if (bare) this.#markBare(slot);
    this.#put(slot, to);
    const taken = spawn.filter((record) => !this.insert(record).inserted).map(({ id }) => id);
    if (taken.length === 0) return 'applied';
    slot.record = disown(slot.record, taken);
    return taken;
  }

  /** It waits no longer for its time or its gate. It may have to wait at a gate now. */
  makeReady(slot: Slot): void {
    this.#put(slot, { ...slot.record, phase: 'ready', version: slot.record.version + 1 });
  }

  /** Another limit for each key of a task; `undefined`: as its options say. */
  tune(name: string, limit: number | null | undefined): void {
    for (const slot of this.#gates.tune(name, limit)) this.#open(slot.record);
  }

  /** Drops what an ended task holds, but not that it was. */
  strip(slot: Slot): void {
    slot.hash ??= contentHash(slot.record);
    this.#markBare(slot);
    const { record } = slot;
    this.#put(slot, { ...record, args: '', prepend: [], body: null, version: record.version + 1 });
  }

  delete(slot: Slot): void {
    slot.deleted = true;
    if (slot.bare) this.#tombstones -= 1;
    this.#owned.delete(slot);
    this.#slots.delete(slot.record.id);
  }

  list({ filter, before, limit, reach }: HistoryQuery): Listing {
    const tasks: TaskSummary[] = [];
    let looked = 0;
    let last = 0;
    const top = Math.min(this.#lastKey, (before ?? Number.POSITIVE_INFINITY) - 1);
    // Among all tasks the deleted ones count as looked at: an engine on disk comes to their keys.
    const bottom = filter.subject === undefined ? top - reach + 1 : 0;
    for (const { record } of this.#owned.of(filter.subject)?.below(top + 1) ?? []) {
      if (record.key < bottom) return { tasks, next: bottom };
      if (tasks.length === limit || looked === reach) return { tasks, next: last };
      looked += 1;
      last = record.key;
      if (!mayMatch(record, filter)) continue;
      const summary = summaryOf(record);
      if (matchesText(summary, filter)) tasks.push(summary);
    }
    return { tasks, next: null };
  }

  #markBare(slot: Slot): void {
    if (!slot.bare) this.#tombstones += 1;
    slot.bare = true;
  }

  /** @param before what the store had of it; `null`: nothing */
  #put(slot: Slot, record: StoredTask, before: StoredTask | null = slot.record): void {
    const anew = before !== null && comesAnew(before, record);
    const passage = this.#gates.pass(before, record, anew);
    const as = passage?.as ?? record;
    slot.record = as;
    if (anew) slot.place = 0;
    if (slot.place === 0 && (as.phase === 'ready' || as.phase === 'blocked')) slot.place = ++this.#lastPlace;
    this.shelves.place(slot, before);
    if (as.phase === 'blocked') this.#gates.wait(slot);
    if (passage?.freed === true) this.#open(record);
  }

  /** Unblocks the next task of a gate that has room. */
  #open(record: StoredTask): void {
    for (let next = this.#gates.next(record); next !== undefined; next = this.#gates.next(record)) {
      this.makeReady(next);
      this.#unblocked.push(next.record);
    }
  }
}

/** The lane whose first task is the best of all that may still give one: by rank, then by place. */
function best(most: ReadonlyMap<RankedQueue, Budget>): RankedQueue | undefined {
  let found: RankedQueue | undefined;
  let first: Slot | undefined;
  for (const [lane, { left }] of most) {
    const slot = left > 0 ? lane.peek() : undefined;
    if (slot === undefined || (first !== undefined && !isBefore(slot, first))) continue;
    first = slot;
    found = lane;
  }
  return found;
}

function isBefore(one: Slot, other: Slot): boolean {
  const ahead = one.record.options.priority - other.record.options.priority;
  return ahead > 0 || (ahead === 0 && one.place < other.place);
}
