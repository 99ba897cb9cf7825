/** Which tasks this client follows, and what it must ask the gateway about them. Bookkeeping only, no socket. */

import { FOREIGN_WATCHES } from '@celeriac/protocol/calling';
import type { EventItem, WatchFrame, WireSnapshot } from '@celeriac/protocol/internal';
import type { GatewaySession, Taken } from '../record/changes.ts';
import type { TaskRecord } from '../record/task-record.ts';
import { cutFrames, type FrameSizes } from './frames.ts';

/** Ids in one frame. */
const FRAME_IDS = 5_000;
/**
 * Ids asked for and not answered: more of them at a time and a gateway takes it for an attack, and hangs up. When half are
 * answered the next are asked for.
 */
const UNANSWERED = 50_000;

export class Watches {
  readonly #records = new Map<string, TaskRecord>();
  /** Further records of an id that has one above: several handles of one task are rare. */
  readonly #otherHandles = new Map<string, TaskRecord[]>();
  readonly #foreign = new Set<TaskRecord>();
  readonly #asks = new Set<TaskRecord>();
  /** Asked for in this session, unanswered, with the highest number that an event has named since. */
  readonly #asked = new Map<TaskRecord, number>();
  /** Asked for in this session: followed by a right to read, which may be taken away. */
  readonly #byRight = new Set<TaskRecord>();
  /** Found among those to ask about, and to be looked up first. */
  #ofEarlierStore: TaskRecord[] = [];
  #releases: string[] = [];
  readonly #ready: () => void;
  readonly #unanswered: number;

  /**
   * @param ready something is to be sent
   * @param unanswered ids asked for and not answered, at a time
   */
  constructor(ready: () => void, unanswered = UNANSWERED) {
    this.#ready = ready;
    this.#unanswered = unanswered;
  }

  get size(): number {
    return this.#records.size;
  }

  /** Whether another foreign record may be watched. */
  get hasRoom(): boolean {
    return this.#foreign.size < FOREIGN_WATCHES;
  }

  has(record: TaskRecord): boolean {
    if (this.#records.get(record.id) === record) return true;
    return this.#otherHandles.size > 0 && this.#otherHandles.get(record.id)?.includes(record) === true;
  }

  /** Every record that is followed. */
  *all(): Iterable<TaskRecord> {
    yield* this.#records.values();
    for (const others of this.#otherHandles.values()) yield* others;
  }

  /** Our own call: the submit itself is the watch. */
  addOwn(record: TaskRecord): void {
    if (!this.#records.has(record.id)) this.#records.set(record.id, record);
    else this.#otherHandles.set(record.id, [...(this.#otherHandles.get(record.id) ?? []), record]);
  }

  /** Somebody else's task, or one of ours that is watched again: the gateway has to be asked. */
  addForeign(record: TaskRecord): void {
    this.addOwn(record);
    this.#foreign.add(record);
    this.ask(record);
  }

  /**
   * Lets a record go.
   * @param tell whether the gateway still sends its events and must be told, once nothing else here follows it
   */
  remove(record: TaskRecord, tell: boolean): void {
    if (!this.has(record)) return;
    this.#foreign.delete(record);
    this.#asks.delete(record);
    this.#asked.delete(record);
    this.#byRight.delete(record);
    if (this.#otherHandles.size === 0) {
      this.#records.delete(record.id);
      if (tell) this.#releases.push(record.id);
    } else this.#removeOne(record, tell);
    if (this.#asks.size > 0 || this.#releases.length > 0) this.#sayWhatWaits();
  }

  /** Another handle of its task may take its place. */
  #removeOne(record: TaskRecord, tell: boolean): void {
    const others = this.#otherHandles.get(record.id)?.filter((other) => other !== record) ?? [];
    const first = this.#records.get(record.id) === record ? others.shift() : this.#records.get(record.id);
    if (first !== undefined) this.#records.set(record.id, first);
    else this.#records.delete(record.id);
    if (others.length > 0) this.#otherHandles.set(record.id, others);
    else this.#otherHandles.delete(record.id);
    if (first === undefined && tell) this.#releases.push(record.id);
  }

  applyEvent(event: EventItem, session: GatewaySession): void {
    const record = this.#records.get(event[0]);
    if (record === undefined) return;
    // Before the first is told: at the end of a task it is let go, and another one takes its place.
    const others = this.#otherHandles.size === 0 ? undefined : this.#otherHandles.get(event[0]);
    this.#applyTo(record, event, session);
    if (others !== undefined) for (const other of others) this.#applyTo(other, event, session);
  }

  /** @returns the records to which it was more than news: their task is lost, or has another past */
  applySnapshot(
    snapshot: WireSnapshot,
    session: GatewaySession,
  ): readonly (readonly [TaskRecord, Exclude<Taken, 'taken'>])[] {
    const first = this.#records.get(snapshot.id);
    if (first === undefined) return [];
    const upset: [TaskRecord, Exclude<Taken, 'taken'>][] = [];
    for (const record of [first, ...(this.#otherHandles.get(snapshot.id) ?? [])]) {
      // The answer to another handle of the task, which knows more of it: the one to this handle is still to come.
      if (!record.continues(snapshot, session)) continue;
      const heard = this.#asked.get(record) ?? 0;
      this.#asked.delete(record);
      const taken = record.applySnapshot(snapshot, session);
      if (taken !== 'taken') upset.push([record, taken]);
      if (record.ended) this.remove(record, false);
      else if (heard > record.sequence) this.#asks.add(record);
    }
    if (this.#asks.size > 0 || this.#releases.length > 0) this.#sayWhatWaits();
    return upset;
  }

  /** A new session knows of no watch of ours; unconfirmed calls watch by being sent again. */
  resume(): void {
    this.#asked.clear();
    this.#byRight.clear();
    this.#asks.clear();
    this.#ofEarlierStore = [];
    this.#releases = [];
    for (const record of this.all()) if (record.standing !== 'unconfirmed') this.#asks.add(record);
  }

  /** What to watch now: in the session's store after the last line that is known here, else from nothing. */
  takeAsks(epoch: string, framing?: FrameSizes): readonly WatchFrame[] {
    if (!this.#mayAsk) return [];
    const counted: [string, number, number][] = [];
    const uncounted: [string, number][] = [];
    for (const record of this.#asks) {
      if (this.#asked.size >= this.#unanswered) break;
      this.#asks.delete(record);
      if (isStray(record, epoch)) {
        this.#ofEarlierStore.push(record);
        continue;
      }
      this.#asked.set(record, 0);
      this.#byRight.add(record);
      const { sequence, lastLine } = record.facts;
      if (record.epoch === epoch && lastLine !== null) counted.push([record.id, sequence, lastLine.entry[2]]);
      else uncounted.push([record.id, 0]);
    }
    return [
      ...cutFrames(counted, framing, FRAME_IDS).map((tasks) => ({ epoch, tasks })),
      ...cutFrames(uncounted, framing, FRAME_IDS).map((tasks) => ({ epoch: null, tasks })),
    ];
  }

  /**
   * Of what {@link takeAsks} went through: accepted calls that another store than the session's has counted. Most are lost, and watching them would use
   * up the watches on others' tasks: they are looked up first, and watched if they are there.
   */
  takeOfEarlierStore(): readonly TaskRecord[] {
    const earlier = this.#ofEarlierStore.filter((record) => this.has(record));
    this.#ofEarlierStore = [];
    return earlier;
  }

  /** Asks about a record that is followed already. */
  ask(record: TaskRecord): void {
    if (!this.has(record)) return;
    this.#asks.add(record);
    this.#ready();
  }

  /** Frames of ids that are no longer followed here. */
  takeReleases(framing?: FrameSizes): readonly (readonly string[])[] {
    // Watched again in the same turn: the gateway must not be told to let go.
    const releases = this.#releases.filter((id) => !this.#records.has(id));
    this.#releases = [];
    return cutFrames(releases, framing, FRAME_IDS);
  }

  /** Records that the gateway was asked about in this session, answered or not. */
  byRight(): readonly TaskRecord[] {
    return [...this.#byRight];
  }

  /** Asks once more about everything unanswered. */
  askAgain(): void {
    for (const record of this.#asked.keys()) this.#asks.add(record);
    this.#asked.clear();
    this.#sayWhatWaits();
  }

  #sayWhatWaits(): void {
    if (this.#releases.length > 0 || (this.#asks.size > 0 && this.#mayAsk)) this.#ready();
  }

  get #mayAsk(): boolean {
    return this.#asked.size <= this.#unanswered / 2;
  }

  #applyTo(record: TaskRecord, event: EventItem, session: GatewaySession): void {
    const verdict = record.applyEvent(event, session);
    if (verdict === 'stale') return;
    if (verdict === 'applied') {
      if (record.ended) this.remove(record, false);
      return;
    }
    const heard = this.#asked.get(record);
    if (heard !== undefined) {
      // The answer may have been read before this happened.
      this.#asked.set(record, Math.max(heard, event[1]));
    } else if (verdict === 'gap') {
      this.ask(record);
    }
  }
}

function isStray(record: TaskRecord, epoch: string): boolean {
  return record.standing === 'accepted' && record.epoch !== epoch;
}
