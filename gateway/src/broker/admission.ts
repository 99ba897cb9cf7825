import {
  type AcceptedReceipt,
  type CallOptions,
  jsonBytes,
  LINKED_CALLS,
  payloadSize,
  type Receipt,
  type RefusedReceipt,
  type SubmitItem,
  type TaskOptions,
} from '@celeriac/protocol';
import type { Clock } from '@celeriac/runtime';
import { linksWithin } from '../core/links.ts';
import { callersOptions, resolveOptions, resolveTimes } from '../core/options.ts';
import type { TaskRecord } from '../core/record.ts';
import { isKept, type Retention } from '../core/snapshot.ts';
import { submit } from '../core/transitions.ts';
import type { Engine, InsertVerdict } from '../engine/engine.ts';
import type { Telemetry } from '../events/telemetry.ts';
import { chosenQueue, judgeLinks } from './call-rights.ts';
import type { CallerRights } from './caller-rights.ts';
import type { Catalog } from './catalog.ts';
import type { DepthRules, Depths, NoPlace } from './depths.ts';
import type { Dispatcher } from './dispatcher.ts';
import { type Families, kinshipOf } from './families.ts';
import type { Recorder } from './recorder.ts';
import {
  callTooLarge,
  idConflict,
  keyRequired,
  noPlaceFor,
  noQueue,
  queueForbidden,
  softAboveHard,
  storageFull,
  tooLarge,
} from './refusals.ts';
import type { Roster } from './roster.ts';

export interface AdmissionRules extends DepthRules {
  readonly payloadLimit: number;
  /** Of one whole call, in bytes. */
  readonly callLimit: number;
  readonly retention: Retention;
  /** The queues that there are; `null`: any that is named. */
  readonly knownQueues: ReadonlySet<string> | null;
  /** Those that the operator listed, whether others are made by naming them or not. */
  readonly listedQueues: ReadonlySet<string>;
}

/** The caller, as far as admission cares. */
export interface Submitter {
  readonly rights: CallerRights;
  /** The caller's own definition of a task, if it sent one. */
  definition(name: string): TaskOptions | undefined;
  /** Watches its own calls from their commit on. */
  watchOwn(id: string): void;
  receive(receipts: readonly Receipt[]): void;
  /** As {@link receive}, and tells operators. */
  refuse(receipts: readonly RefusedReceipt[]): void;
  /** These ids existed already: show where their tasks stand. */
  showExisting(ids: readonly string[]): void;
}

/**
 * Takes calls in: resolves what a task runs under, inserts it, and answers after the commit.
 * A task whose lane is empty is leased to a worker with room in the same write, and handed over while its
 * insert commits; every other one waits in its lane.
 */
export class Admission {
  readonly #clock: Clock;
  readonly #engine: Engine;
  readonly #catalog: Catalog;
  readonly #roster: Roster;
  readonly #recorder: Recorder;
  readonly #dispatcher: Dispatcher;
  readonly #telemetry: Telemetry;
  readonly #rules: AdmissionRules;
  readonly #depths: Depths;
  readonly #families: Families;

  constructor(
    parts: {
      readonly clock: Clock;
      readonly engine: Engine;
      readonly catalog: Catalog;
      readonly roster: Roster;
      readonly recorder: Recorder;
      readonly dispatcher: Dispatcher;
      readonly depths: Depths;
      readonly telemetry: Telemetry;
      readonly families: Families;
    },
    rules: AdmissionRules,
  ) {
    this.#clock = parts.clock;
    this.#engine = parts.engine;
    this.#catalog = parts.catalog;
    this.#roster = parts.roster;
    this.#recorder = parts.recorder;
    this.#dispatcher = parts.dispatcher;
    this.#telemetry = parts.telemetry;
    this.#families = parts.families;
    this.#rules = rules;
    this.#depths = parts.depths;
  }

  /** @param now gateway wall time */
  submit(submitter: Submitter, items: readonly SubmitItem[], now: number): Promise<void> {
    const parents = this.#families.parentsOf(items);
    // What follows in the same turn must find these tasks, so nothing is waited for that need not be.
    return parents instanceof Promise
      ? parents.then((found) => this.#admit(submitter, items, found, now))
      : this.#admit(submitter, items, parents, now);
  }

  async #admit(
    submitter: Submitter,
    items: readonly SubmitItem[],
    parents: ReadonlyMap<string, TaskRecord> | undefined,
    now: number,
  ): Promise<void> {
    const records: TaskRecord[] = [];
    const crowded = new Map<TaskRecord, NoPlace>();
    const full = this.#engine.shortage.get() !== null;
    const refused: RefusedReceipt[] = [];
    for (const item of items) {
      const unfit = this.#tooLarge(item) ?? this.#judge(submitter.rights, item);
      const record = unfit === undefined ? this.#makeRecord(submitter, item, parents, now) : undefined;
      if (unfit !== undefined) refused.push(unfit);
      else if (record === undefined) continue;
      else if (!this.#hasQueue(record)) refused.push(noQueue(record));
      else if (isSoftAboveHard(record)) refused.push(softAboveHard(record));
      else if (full) crowded.set(record, undefined);
      else {
        const keyless = this.#keyless(record);
        const placed = keyless === undefined ? this.#place(record) : undefined;
        if (placed === undefined) refused.push(keyRequired(record.id, keyless ?? record.name));
        else {
          const noPlace = this.#depths.enter(placed);
          if (noPlace === undefined) records.push(placed);
          else crowded.set(placed, noPlace);
        }
      }
    }
    if (refused.length > 0) submitter.refuse(refused);
    if (crowded.size === 0) return this.#insert(submitter, records);
    await Promise.all([this.#insert(submitter, records), this.#turnAway(submitter, crowded)]);
  }

  /** The arguments by themselves, and the whole call with all that it carries. */
  #tooLarge(item: SubmitItem): RefusedReceipt | undefined {
    const [id, , args] = item;
    const { payloadLimit, callLimit } = this.#rules;
    const size = payloadSize(args);
    if (size > payloadLimit) return tooLarge(id, size, payloadLimit);
    if (isPlain(item) && size * UNIT_BYTES < callLimit - PLAIN_BYTES) return undefined;
    const bytes = jsonBytes(item);
    return bytes > callLimit ? callTooLarge(id, bytes, callLimit) : undefined;
  }

  async #insert(submitter: Submitter, records: readonly TaskRecord[]): Promise<void> {
    if (records.length === 0) return;
    const begun = this.#clock.monotonic();
    const write = this.#engine.insert(records);
    for (const record of records) this.#recorder.queued(record);
    const verdicts = await write.applied;
    this.#depths.arrived(records);
    this.#handOver(records, verdicts);
    const kept = await write.committed;
    this.#telemetry.emit('written', { tasks: records.length, ms: this.#clock.monotonic() - begun });
    this.#answer(submitter, records, kept);
  }

  /** Refuses what there is no room for, unless it has been accepted before: a call that is sent again is not told that it was not. */
  async #turnAway(submitter: Submitter, crowded: ReadonlyMap<TaskRecord, NoPlace>): Promise<void> {
    const records = [...crowded.keys()];
    const known = await this.#engine.get(records.map(({ id }) => id));
    const refused = records.filter((_, position) => known[position] === undefined);
    if (refused.length > 0) {
      const shortage = this.#engine.shortage.get() ?? 'it was full';
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
    for (const record of repeated) this.#depths.come(record);
    await this.#insert(submitter, repeated);
  }

  #makeRecord(
    submitter: Submitter,
    [id, name, args, call, ageMs, lineage, route]: SubmitItem,
    parents: ReadonlyMap<string, TaskRecord> | undefined,
    now: number,
  ): TaskRecord {
    // The same object wherever nothing is added: what is resolved from it is kept by it.
    const definition = this.#catalog.options(name, route);
    const task = definition ?? callersOptions(route, submitter.definition(name));
    const kinship =
      lineage == null
        ? { lineage: null, subject: submitter.rights.subject }
        : kinshipOf(parents?.get(lineage[1]), submitter.rights);
    return submit(
      {
        id,
        name,
        args,
        call,
        options: resolveOptions(call, task),
        routed: definition !== undefined,
        ...resolveTimes(call, task, ageMs, now),
        prepend: NOTHING_BEFORE,
        ...kinship,
      },
      now,
    );
  }

  /** Whether its caller may ask for what it carries. */
  #judge(rights: CallerRights, [id, name, , call, , , route]: SubmitItem): RefusedReceipt | undefined {
    const chooses = route != null || call?.queue !== undefined || call?.priority !== undefined;
    const forbidden = chooses ? this.#judgeQueue(rights, id, name, call, route) : undefined;
    return forbidden ?? (call === null ? undefined : judgeLinks(id, call, rights, this.#catalog));
  }

  #judgeQueue(
    rights: CallerRights,
    id: string,
    name: string,
    call: CallOptions | null,
    route: TaskOptions | null | undefined,
  ): RefusedReceipt | undefined {
    const known = this.#catalog.options(name);
    const task =
      route == null ? known : (this.#catalog.options(name, route) ?? callersOptions(route, undefined));
    const asked = resolveOptions(call, task ?? NOT_DEFINED);
    const queue = chosenQueue(asked, resolveOptions(null, known ?? NOT_DEFINED));
    return queue === undefined || rights.queue(queue) ? undefined : queueForbidden(id, name, queue);
  }

  /** Where queues are not made by naming them, one is known if it was listed or some worker consumes it. */
  #hasQueue({ phase, options: { queue } }: TaskRecord): boolean {
    const { knownQueues } = this.#rules;
    return (
      knownQueues === null || phase === 'unrouted' || knownQueues.has(queue) || this.#roster.consumes(queue)
    );
  }

  /** The name of the task, of this call or of one linked to it, that needs a concurrency key and has none. */
  #keyless({ name, call, options }: TaskRecord): string | undefined {
    if (options.keyLimit !== undefined && call?.concurrencyKey === undefined) return name;
    if (call === null || (call.link === undefined && call.linkError === undefined)) return undefined;
    return linksWithin(call, LINKED_CALLS).find(
      ({ name: linked, options: own }) =>
        own?.concurrencyKey === undefined && this.#catalog.options(linked)?.keyLimit !== undefined,
    )?.name;
  }

  /** Leases a ready task at once where that jumps no queue. */
  #place(record: TaskRecord): TaskRecord {
    return record.phase !== 'ready' || expiredAtOnce(record) ? record : this.#dispatcher.promise(record);
  }

  #handOver(records: readonly TaskRecord[], verdicts: readonly InsertVerdict[]): void {
    const leased: TaskRecord[] = [];
    for (const [position, record] of records.entries()) {
      if (record.lease === null) continue;
      const verdict = verdicts[position];
      if (verdict?.inserted === true) leased.push({ ...record, key: verdict.key });
      else this.#dispatcher.withdraw(record);
    }
    this.#dispatcher.handOver(leased);
  }

  #answer(submitter: Submitter, records: readonly TaskRecord[], verdicts: readonly InsertVerdict[]): void {
    const receipts: Receipt[] = [];
    const existing: string[] = [];
    let accepted = 0;
    for (const [position, record] of records.entries()) {
      const verdict = verdicts[position];
      if (verdict === undefined) continue;
      if (verdict.inserted) {
        accepted += 1;
        this.#recorder.publish(null, record);
        submitter.watchOwn(record.id);
        receipts.push(this.#receipt(record));
      } else if (verdict.same && this.#mayRepeat(submitter.rights, record, verdict.existing)) {
        submitter.watchOwn(record.id);
        receipts.push(this.#receipt(verdict.existing));
        existing.push(record.id);
      } else {
        receipts.push(idConflict(record.id));
      }
    }
    if (accepted > 0) this.#telemetry.emit('accepted', { count: accepted });
    submitter.receive(receipts);
    if (existing.length > 0) submitter.showExisting(existing);
  }

  /** Who did not make the call that it repeats, and may not read it, is told no more than that the id is taken. */
  #mayRepeat(rights: CallerRights, { id, subject }: TaskRecord, existing: TaskRecord): boolean {
    return subject === existing.subject || rights.read(id, existing.subject);
  }

  #receipt(record: TaskRecord): AcceptedReceipt {
    const queue = record.phase === 'unrouted' ? null : record.options.queue;
    return [record.id, 1, queue, isKept(record, this.#rules.retention), record.history.entries[0]?.[2] ?? 0];
  }
}

const NOT_DEFINED: TaskOptions = {};
/** The most that a unit of a text is in a frame. */
const UNIT_BYTES = 6;
/** What a call without options, lineage and route has beside its arguments, at most. */
const PLAIN_BYTES = 4_096;
const NOTHING_BEFORE: readonly [] = [];

/** Of the call and of the task, each by itself, they were right. */
function isSoftAboveHard({ options: { softTimeLimitMs, timeLimitMs } }: TaskRecord): boolean {
  return softTimeLimitMs !== undefined && timeLimitMs !== undefined && softTimeLimitMs > timeLimitMs;
}

/** Nothing in it can be large but its arguments. */
function isPlain([, , , call, , lineage, route]: SubmitItem): boolean {
  return call === null && lineage == null && route == null;
}

function expiredAtOnce(record: TaskRecord): boolean {
  const submittedAt = record.history.entries[0]?.[2] ?? 0;
  return record.expiresAt !== null && record.expiresAt <= submittedAt;
}
