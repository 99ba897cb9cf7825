/** What is known of a task that runs here: one record for each caller or reader, all told the same. */

import { IdConflictError, type Reason, type TaskState } from '@celeriac/protocol';
import {
  conflictText,
  differencesOf,
  type EventItem,
  isTerminal,
  type WirePayload,
  type WireSnapshot,
} from '@celeriac/protocol/internal';
import type { GatewaySession } from '../record/changes.ts';
import { historyLines, omittedLines } from '../record/facts.ts';
import type { TaskRecord } from '../record/task-record.ts';
import type { LocalCall } from './local-call.ts';
import type { LocalState } from './local-decision.ts';

const SESSION: GatewaySession = { epoch: 'local' };

export class LocalRecord {
  readonly #own: TaskRecord;
  /** As the call came; a retry may change its arguments. */
  readonly #called: LocalCall;
  readonly #others = new Set<TaskRecord>();
  readonly #now: () => number;

  /** @param own of the call that made it */
  constructor(own: TaskRecord, called: LocalCall, now: () => number) {
    this.#own = own;
    this.#called = called;
    this.#now = now;
  }

  get id(): string {
    return this.#own.id;
  }

  get name(): string {
    return this.#own.name ?? '';
  }

  get ended(): boolean {
    return this.#own.ended;
  }

  accept(queue: string, kept: boolean): void {
    this.#own.accept([this.id, 1, queue, kept, this.#now()], SESSION);
  }

  /** @param children told with its end */
  tell(
    state: TaskState,
    reason: Reason,
    [attempt, worker, retries]: readonly [number, string | null, number],
    body: WirePayload | null,
    children: ReadonlySet<string>,
  ): void {
    const sequence = this.#own.facts.sequence + 1;
    const event = [this.id, sequence, this.#now(), state, reason, attempt, worker, retries, body] as const;
    this.#publish(isTerminal(state) && children.size > 0 ? [...event, [...children]] : event);
  }

  progress(state: string, meta: WirePayload): void {
    this.#publish([this.id, this.#own.facts.sequence, this.#now(), null, state, meta]);
  }

  show(record: TaskRecord, task: LocalState): void {
    record.applySnapshot(this.#snapshot(task), SESSION);
    if (record !== this.#own) this.#others.add(record);
  }

  /** The record of another call under its id, which is the same call, or none. */
  join(record: TaskRecord, { args, options }: LocalCall, task: LocalState): void {
    const { id, name } = this;
    const differences = differencesOf({ ...this.#called, name }, { name: record.name ?? '', args, options });
    if (differences.length > 0) {
      record.break(new IdConflictError(id, conflictText(id, differences)));
      return;
    }
    const { queue, kept } = this.#own.facts;
    record.accept([id, 1, queue, kept, this.#now()], SESSION);
    this.show(record, task);
  }

  /** @returns whether there was something to delete */
  forget(): boolean {
    const { ended, facts } = this.#own;
    if (!ended || facts.gone) return false;
    this.#own.forget();
    return true;
  }

  #publish(event: EventItem): void {
    for (const record of [this.#own, ...this.#others]) record.applyEvent(event, SESSION);
  }

  #snapshot({ args, lineage, options }: LocalState): WireSnapshot {
    const { id, name, ended } = this;
    const { facts } = this.#own;
    const { lacks: _, ...told } = facts;
    const kept = !options.ignoreResult || (facts.state === 'FAILURE' && options.storeErrorsEvenIfIgnored);
    const gone = facts.gone || (ended && !kept && facts.state !== 'REVOKED' && facts.state !== 'IGNORED');
    return {
      ...told,
      id,
      name,
      rootId: lineage?.rootId ?? id,
      parentId: lineage?.parentId ?? null,
      args: facts.gone ? null : args,
      progress: ended ? null : facts.progress,
      body: gone ? null : facts.body,
      gone,
      from: 0,
      history: historyLines(facts),
      omitted: omittedLines(facts),
    };
  }
}
