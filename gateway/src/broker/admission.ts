import {
  type AcceptedReceipt,
  type CallContent,
  differencesOf,
  isSoftAboveHard,
  keylessName,
  LINKED_CALLS,
  type Receipt,
  type RefusedReceipt,
  type SubmitItem,
  type WireTaskOptions,
} from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import { acceptedAt, type StoredTask, type TaskOutline } from '../core/record.ts';
import { isResultKept, type Retention } from '../core/snapshot.ts';
import type { Engine, InsertVerdict } from '../engine/engine.ts';
import type { Telemetry } from '../events/telemetry.ts';
import { expiredAtOnce, type RecordOwner, recordOf } from './call-record.ts';
import { idConflict, keyRequired, noPlaceFor, noQueue, softAboveHard, storageFull } from './call-refusals.ts';
import type { CallerRights } from './call-rights.ts';
import { judgeRights } from './call-rights.ts';
import { judgeSize, type SizeRules } from './call-size.ts';
import type { Catalog } from './catalog.ts';
import type { DepthRules, Depths, NoPlace } from './depths.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Families } from './families.ts';
import type { Recorder } from './recorder.ts';
import type { Roster } from './roster.ts';

export interface AdmissionRules extends DepthRules, SizeRules {
  readonly retention: Retention;
  /** The known queues; `null`: any queue is accepted. */
  readonly knownQueues: ReadonlySet<string> | null;
  /** Those that the operator listed, whether others are made by naming them or not. */
  readonly listedQueues: ReadonlySet<string>;
}

/** The caller, as far as admission cares. */
export interface Submitter extends RecordOwner {
  /** Watches its own calls from their commit on. */
  watchOwn(id: string): void;
  receive(receipts: readonly Receipt[]): void;
  /** As {@link receive}, and tells operators. */
  refuse(receipts: readonly RefusedReceipt[]): void;
  /** These ids existed already: show where their tasks stand. */
  showExisting(ids: readonly string[]): void;
}

interface Parts {
  readonly clock: Clock;
  readonly engine: Engine;
  readonly catalog: Catalog;
  readonly roster: Roster;
  readonly recorder: Recorder;
  readonly dispatcher: Dispatcher;
  readonly depths: Depths;
  readonly telemetry: Telemetry;
  readonly families: Families;
}

/**
 * Takes calls in: resolves what a task runs under, inserts it, and answers after the commit.
 * A task whose lane is empty is leased to a worker with room in the same write, and handed over while its
 * insert commits; every other one waits in its lane.
 */
export class Admission {
  readonly #parts: Parts;
  readonly #rules: AdmissionRules;

  constructor(parts: Parts, rules: AdmissionRules) {
    this.#parts = parts;
    this.#rules = rules;
  }

  /** @param now gateway wall time */
  submit(submitter: Submitter, items: readonly SubmitItem[], now: number): Promise<void> {
    const parents = this.#parts.families.parentsOf(items);
    // What follows in the same turn must find these tasks, so nothing is waited for that need not be.
    return parents instanceof Promise
      ? parents.then((found) => this.#admit(submitter, items, found, now))
      : this.#admit(submitter, items, parents, now);
  }

  async #admit(
    submitter: Submitter,
    items: readonly SubmitItem[],
    parents: ReadonlyMap<string, TaskOutline> | undefined,
    now: number,
  ): Promise<void> {
    const { engine, catalog, depths } = this.#parts;
    const records: StoredTask[] = [];
    const crowded = new Map<StoredTask, NoPlace>();
    const full = engine.shortage.get() !== null;
    const refused: RefusedReceipt[] = [];
    const optionsOf = (name: string): WireTaskOptions | undefined => catalog.options(name);
    for (const item of items) {
      const unfit = judgeSize(item, this.#rules) ?? judgeRights(submitter.rights, item, catalog);
      const record = unfit === undefined ? recordOf(item, submitter, parents, catalog, now) : undefined;
      if (unfit !== undefined) refused.push(unfit);
      else if (record === undefined) continue;
      else if (!this.#hasQueue(record)) refused.push(noQueue(record));
      else if (isSoftAboveHard(record.options)) refused.push(softAboveHard(record));
      else if (full) crowded.set(record, undefined);
      else {
        const keyless = keylessName(record.name, record.call, record.options, optionsOf, LINKED_CALLS);
        const placed = keyless === undefined ? this.#place(record) : undefined;
        if (placed === undefined) refused.push(keyRequired(record.id, keyless ?? record.name));
        else {
          const noPlace = depths.enter(placed);
          if (noPlace === undefined) records.push(placed);
          else crowded.set(placed, noPlace);
        }
      }
    }
    if (refused.length > 0) submitter.refuse(refused);
    if (crowded.size === 0) return this.#insert(submitter, records);
    await Promise.all([this.#insert(submitter, records), this.#turnAway(submitter, crowded)]);
  }

  async #insert(submitter: Submitter, records: readonly StoredTask[]): Promise<void> {
    const { clock, engine, recorder, dispatcher, depths, telemetry } = this.#parts;
    if (records.length === 0) return;
    const begun = clock.monotonic();
    const write = engine.insert(records);
    for (const record of records) recorder.queued(record);
    let verdicts: readonly InsertVerdict[];
    try {
      verdicts = await write.applied;
    } catch (error) {
      for (const record of records) dispatcher.withdraw(record);
      throw error;
    } finally {
      depths.arrived(records);
    }
    this.#handOver(records, verdicts);
    const kept = await write.committed;
    telemetry.emit('written', { tasks: records.length, ms: clock.monotonic() - begun });
    await this.#tellConflicts(submitter, this.#answer(submitter, records, kept));
  }

  /** Refuses what there is no room for, unless it has been accepted before: a call that is sent again is not told that it was not. */
  async #turnAway(submitter: Submitter, crowded: ReadonlyMap<StoredTask, NoPlace>): Promise<void> {
    const { engine, depths } = this.#parts;
    const records = [...crowded.keys()];
    const known = await engine.outline(records.map(({ id }) => id));
    const refused = records.filter((_, position) => known[position] === undefined);
    if (refused.length > 0) {
      const shortage = engine.shortage.get() ?? 'it was full';
      submitter.refuse(
        refused.map((record) => {
          const noPlace = crowded.get(record);
          return noPlace === undefined
            ? storageFull(record, shortage)
            : noPlaceFor(record, noPlace, this.#rules);
        }),
      );
    }
    const repeated = records.filter((_, position) => known[position] !== undefined);
    for (const record of repeated) depths.come(record);
    await this.#insert(submitter, repeated);
  }

  /** Where queues are not made by naming them, one is known if it was listed or some worker consumes it. */
  #hasQueue({ phase, options: { queue } }: StoredTask): boolean {
    const { knownQueues } = this.#rules;
    if (knownQueues === null || phase === 'unrouted' || knownQueues.has(queue)) return true;
    return this.#parts.roster.consumes(queue);
  }

  /** Leases a ready task at once where that jumps no queue. */
  #place(record: StoredTask): StoredTask {
    if (record.phase !== 'ready' || expiredAtOnce(record)) return record;
    return this.#parts.dispatcher.promise(record);
  }

  #handOver(records: readonly StoredTask[], verdicts: readonly InsertVerdict[]): void {
    const leased: StoredTask[] = [];
    let position = 0;
    for (const record of records) {
      const verdict = verdicts[position++];
      if (record.lease === null) continue;
      if (verdict?.inserted === true) leased.push({ ...record, key: verdict.key });
      else this.#parts.dispatcher.withdraw(record);
    }
    this.#parts.dispatcher.handOver(leased);
  }

  /** @returns calls under an id of another call, which their caller may know of */
  #answer(
    submitter: Submitter,
    records: readonly StoredTask[],
    verdicts: readonly InsertVerdict[],
  ): readonly StoredTask[] {
    const conflicts: StoredTask[] = [];
    const receipts: Receipt[] = [];
    const existing: string[] = [];
    let accepted = 0;
    let position = 0;
    for (const record of records) {
      const verdict = verdicts[position++];
      if (verdict === undefined) continue;
      if (verdict.inserted) {
        accepted += 1;
        this.#parts.recorder.publish(null, record);
        submitter.watchOwn(record.id);
        receipts.push(this.#receipt(record, acceptedAt(record)));
      } else if (!this.#mayRepeat(submitter.rights, record, verdict.existing)) {
        receipts.push(idConflict(record.id));
      } else if (verdict.same) {
        submitter.watchOwn(record.id);
        receipts.push(this.#receipt(verdict.existing, verdict.acceptedAt));
        existing.push(record.id);
      } else {
        conflicts.push(record);
      }
    }
    if (accepted > 0) this.#parts.telemetry.emit('accepted', { count: accepted });
    submitter.receive(receipts);
    if (existing.length > 0) submitter.showExisting(existing);
    return conflicts;
  }

  /** Rare, and so the one time that what an id stands for is read. */
  async #tellConflicts(submitter: Submitter, calls: readonly StoredTask[]): Promise<void> {
    if (calls.length === 0) return;
    const taken = await this.#parts.engine.get(calls.map(({ id }) => id));
    submitter.receive(
      calls.map((call, position) => {
        const other = taken[position];
        return idConflict(call.id, other && differencesOf(contentOf(other), contentOf(call)));
      }),
    );
  }

  /** A caller that did not make the call that it repeats, and may not read it, learns only that the id is taken. */
  #mayRepeat(rights: CallerRights, { id, subject }: StoredTask, existing: TaskOutline): boolean {
    return subject === existing.subject || rights.read(id, existing.subject);
  }

  #receipt(task: TaskOutline, accepted: number): AcceptedReceipt {
    const queue = task.phase === 'unrouted' ? null : task.options.queue;
    return [task.id, 1, queue, isResultKept(task, this.#rules.retention), accepted];
  }
}

function contentOf({ name, args, call }: StoredTask): CallContent {
  return { name, args, options: call };
}
