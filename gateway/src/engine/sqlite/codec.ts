/** Records to rows and back, on the main thread. */
import type { CallOptions } from '@celeriac/protocol/internal';
import { contentHash } from '../../core/content.ts';
import { gateOf } from '../../core/gate.ts';
import { LANE_KINDS, type Lane, laneOf } from '../../core/lane.ts';
import {
  type AttemptLease,
  isWaiting,
  PHASES,
  type StoredTask,
  type TaskOutline,
  type TaskPhase,
} from '../../core/record.ts';
import type { ClaimAsk } from '../engine.ts';
import { comesAnew, isStripped } from '../engine-parts.ts';
import { fromCell, toCell } from './cell.ts';
import type {
  AskRow,
  ContentChange,
  GateRow,
  LaneRow,
  MoveRow,
  NewRow,
  OutlineRow,
  StoredRow,
  UpdateRow,
} from './layout.ts';
import {
  BARE,
  formOf,
  fromBody,
  fromOptionsText,
  fromOriginText,
  fromStoredText,
  toBody,
  toOptionsText,
  toOriginText,
  toStoredText,
} from './text.ts';

export function toNewRow(record: StoredTask): NewRow {
  const { args, body, call, lease, options } = record;
  const argsForm = formOf(args);
  const bodyForm = body === null ? BARE : formOf(body);
  return [
    toStoredText(record.id),
    toStoredText(record.name),
    call === null ? null : JSON.stringify(call),
    toOptionsText(options),
    toBody(args, argsForm),
    argsForm,
    toOriginText(record),
    record.subject === null ? null : toStoredText(record.subject),
    toStoredText(options.queue),
    LANE_KINDS.indexOf(laneOf(record).kind),
    toGateRow(record),
    record.version,
    PHASES.indexOf(record.phase),
    -options.priority,
    record.dueAt,
    record.expiresAt,
    record.endedAt,
    record.attempt,
    lease === null ? null : lease.nonce,
    lease === null ? null : toHolder(lease),
    toCell(record, bodyForm),
    body === null ? null : toBody(body, bodyForm),
  ];
}

/**
 * @param decidedOn what the changes that lead to `to` were decided on, in order, all under one lease; from the first on
 * @param spawn of the last of those changes
 */
export function toUpdateRow(
  from: StoredTask,
  to: StoredTask,
  decidedOn: readonly StoredTask[],
  spawn: readonly StoredTask[] | undefined,
): UpdateRow {
  const { body } = to;
  const bodyForm = body === null ? BARE : formOf(body);
  return [
    from.key,
    from.lease === null ? null : from.lease.nonce,
    to.version,
    PHASES.indexOf(to.phase),
    to.endedAt,
    toCell(to, bodyForm),
    body === null ? null : toBody(body, bodyForm),
    hasMoved(from, to) ? toMoveRow(to, comesAnew(from, to)) : null,
    hasContentChanged(from, to) ? toContentChange(from, to) : null,
    toGateRow(to),
    spawn === undefined || spawn.length === 0 ? null : spawn.map(toNewRow),
    ...decidedOn.flatMap(({ version, phase }) => [version, PHASES.indexOf(phase)]),
  ];
}

function toGateRow(record: StoredTask): GateRow | null {
  const gate = gateOf(record);
  return gate === null ? null : [toStoredText(gate.text), toStoredText(record.name), gate.limit];
}

export function toAskRow(ask: ClaimAsk): AskRow {
  return [toHolder(ask), ask.lanes.map(toLaneRow), ask.most ?? null, ask.limit, ask.seed];
}

function toLaneRow({ queue, name, kind }: Lane): LaneRow {
  return [toStoredText(queue), toStoredText(name), LANE_KINDS.indexOf(kind)];
}

export function fromOutlineRow(row: OutlineRow): TaskOutline {
  const [id, subject, rootId, parentId, options, phase, attempt, nonce, holder] = row;
  return {
    id: fromStoredText(id),
    subject: subject === null ? null : fromStoredText(subject),
    lineage: rootId === null || parentId === null ? null : fromOriginText(`[${rootId},${parentId}]`).lineage,
    options: fromOptionsText(options),
    phase: toPhase(phase),
    attempt,
    lease: fromHolder(nonce, holder),
  };
}

export function fromStoredRow(row: StoredRow): StoredTask {
  const [key, id, name, call, options, args, argsForm, origin, subject, ...step] = row;
  const [version, phase, , dueAt, expiresAt, endedAt, attempt, nonce, holder, cell, body] = step;
  const { bodyForm, ...fields } = fromCell(cell);
  return {
    key,
    id: fromStoredText(id),
    name: fromStoredText(name),
    args: fromBody(args, argsForm),
    call: call === null ? null : (JSON.parse(call) as CallOptions),
    ...fromOriginText(origin),
    subject: subject === null ? null : fromStoredText(subject),
    options: fromOptionsText(options),
    phase: toPhase(phase),
    version,
    dueAt,
    expiresAt,
    lease: fromHolder(nonce, holder),
    attempt,
    ...fields,
    body: body === null ? null : fromBody(body, bodyForm),
    endedAt,
  };
}

/** Whether anything changed but what every step changes, or it comes to wait. */
function hasMoved(from: StoredTask, to: StoredTask): boolean {
  return (
    from.lease !== to.lease ||
    from.options !== to.options ||
    (isWaiting(to) && !isWaiting(from)) ||
    from.attempt !== to.attempt ||
    from.trialMs !== to.trialMs ||
    from.dueAt !== to.dueAt ||
    from.expiresAt !== to.expiresAt
  );
}

function hasContentChanged(from: StoredTask, to: StoredTask): boolean {
  return (
    from.options !== to.options ||
    from.args !== to.args ||
    from.prepend !== to.prepend ||
    isStripped(from, to)
  );
}

function toMoveRow(record: StoredTask, anew: boolean): MoveRow {
  const { options, dueAt, expiresAt, attempt, lease } = record;
  return [
    anew,
    ...toLaneRow(laneOf(record)),
    -options.priority,
    dueAt,
    expiresAt,
    attempt,
    lease === null ? null : lease.nonce,
    lease === null ? null : toHolder(lease),
  ];
}

function toContentChange(from: StoredTask, to: StoredTask): ContentChange {
  const form = formOf(to.args);
  const bare = isStripped(from, to);
  const hash = bare || to.args !== from.args ? contentHash(from) : null;
  return [toOptionsText(to.options), toBody(to.args, form), form, toOriginText(to), hash, bare];
}

/** Leases come in runs of one worker's: the last text is kept. */
let lastHolder: readonly [session: string, worker: string, text: string] = ['', '', '["",""]'];

/** The holder of a lease; its nonce has its own column. */
function toHolder({ session, worker }: Pick<AttemptLease, 'session' | 'worker'>): string {
  if (lastHolder[0] !== session || lastHolder[1] !== worker) {
    lastHolder = [session, worker, JSON.stringify([session, worker])];
  }
  return lastHolder[2];
}

function fromHolder(nonce: string | null, holder: string | null): AttemptLease | null {
  if (nonce === null || holder === null) return null;
  const [session, worker] = JSON.parse(holder) as readonly [string, string];
  return { session, worker, nonce };
}

function toPhase(index: number): TaskPhase {
  const phase = PHASES[index];
  if (phase === undefined)
    throw new Error(`the task store has a phase numbered ${index}, which this code does not know`);
  return phase;
}
