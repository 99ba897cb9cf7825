/**
 * What the gateway has said about one task, and how each message changes it: plain data and pure functions.
 * Facts are never changed in place, so that a snapshot taken earlier stays true.
 */

import type { Lack, LeftOut } from '@celeriac/protocol';
import {
  CHILDREN_SHOWN,
  HISTORY_HEAD,
  HISTORY_TAIL,
  isTerminal,
  MORE_CHILDREN,
} from '@celeriac/protocol/calling';
import type {
  AcceptedReceipt,
  EventItem,
  ProgressEvent,
  TransitionEvent,
  WireHistoryEntry,
  WireSnapshot,
} from '@celeriac/protocol/internal';

/** The history as a list that grows at its end: older facts keep sharing the front. */
export interface HistoryLine {
  readonly entry: WireHistoryEntry;
  readonly before: HistoryLine | null;
  /** How many there are, with this one. */
  readonly count: number;
}

/** What is shown of a history, and twice its tail: it is cut now and then, not at each entry. */
const SHOWN_LINES = HISTORY_HEAD + HISTORY_TAIL;
const HELD_LINES = SHOWN_LINES + HISTORY_TAIL;

/** A snapshot as the gateway gave it or as it has changed since, with the history as far as it is known here. */
export interface Facts extends Omit<WireSnapshot, 'id' | 'name' | 'lacks' | 'from' | 'history' | 'leftOut'> {
  /** Whether an authoritative answer has arrived: a receipt or a snapshot. */
  readonly synced: boolean;
  readonly lacks: Lack | null;
  readonly lastLine: HistoryLine | null;
  readonly leftOut: readonly LeftOut[];
}

/** Before anybody has said anything. */
export const NO_FACTS: Facts = {
  known: false,
  synced: false,
  sequence: 0,
  state: 'PENDING',
  waiting: null,
  lacks: null,
  queue: null,
  attempt: 0,
  retries: 0,
  worker: null,
  rootId: null,
  parentId: null,
  children: [],
  args: null,
  progress: null,
  body: null,
  gone: false,
  kept: true,
  lastLine: null,
  omitted: 0,
  leftOut: [],
};

/** What was heard of a task and nobody has looked at, as a list that grows at its end. */
export interface Unread {
  readonly told: AcceptedReceipt | TransitionEvent;
  readonly before: Unread | undefined;
  /** How many there are, with this one. */
  readonly count: number;
}

/** With more of them the list would cost more than what is made of it. */
export const MOST_UNREAD = 8;

export function addUnread(before: Unread | undefined, told: Unread['told']): Unread {
  return { told, before, count: before === undefined ? 1 : before.count + 1 };
}

export function isReceipt(told: Unread['told']): told is AcceptedReceipt {
  return told.length === 5;
}

export function afterUnread(facts: Facts, { told, before }: Unread): Facts {
  const earlier = before === undefined ? facts : afterUnread(facts, before);
  return isReceipt(told) ? afterReceipt(earlier, told) : afterTransition(earlier, told);
}

/** The receipt stands for the first history entry. */
function afterReceipt(facts: Facts, [, , queue, kept, at]: AcceptedReceipt): Facts {
  return {
    ...facts,
    known: true,
    synced: true,
    sequence: 1,
    queue,
    kept,
    lastLine: { entry: ['PENDING', 'submitted', at, 0, null], before: null, count: 1 },
  };
}

function afterTransition(facts: Facts, event: TransitionEvent): Facts {
  const [, sequence, at, state, reason, attempt, worker, retries, body, children] = event;
  return {
    ...facts,
    ...heldLines(addLine(facts.lastLine, [state, reason, at, attempt, worker]), facts.omitted),
    known: true,
    synced: true,
    sequence,
    state,
    waiting: null,
    lacks: null,
    attempt,
    retries,
    worker,
    children: children ?? facts.children,
    leftOut: children === undefined ? facts.leftOut : NO_FACTS.leftOut,
    progress: null,
    body,
  };
}

export function isProgress(event: EventItem): event is ProgressEvent {
  return event[3] === null;
}

export function afterProgress(facts: Facts, event: ProgressEvent): Facts {
  return { ...facts, progress: [event[4], event[5]] };
}

/** What an end that was heard does not tell, and does not change either. */
export function afterEndedSnapshot(facts: Facts, snapshot: WireSnapshot): Facts {
  const { args, rootId, parentId, leftOut = [] } = snapshot;
  // In a restored store it may not have ended yet.
  const children = isTerminal(snapshot.state) ? snapshot.children : facts.children;
  return { ...facts, args, rootId, parentId, children, leftOut };
}

/**
 * @param continues whether both count in the same store: then the snapshot's history may go on where these
 * facts end, or overlap them; else it replaces theirs
 */
export function afterSnapshot(facts: Facts, snapshot: WireSnapshot, continues: boolean): Facts {
  const appends = continues && snapshot.from > 0 && snapshot.from <= facts.sequence;
  const entries = appends ? snapshot.history.slice(facts.sequence - snapshot.from) : snapshot.history;
  let lastLine = appends ? facts.lastLine : null;
  for (const entry of entries) lastLine = addLine(lastLine, entry);
  const { id: _id, name: _name, from: _from, history: _history, ...told } = snapshot;
  return {
    ...told,
    synced: true,
    lacks: told.lacks ?? null,
    progress: isTerminal(told.state) ? null : told.progress,
    ...heldLines(lastLine, appends ? facts.omitted : told.omitted),
    leftOut: told.leftOut ?? NO_FACTS.leftOut,
  };
}

/**
 * Whether a snapshot of the same store tells of the past that these facts tell of: its history has their last line, in
 * its place. One that a long history has left out may have been there.
 */
export function goesOnFrom(facts: Facts, { from, history, omitted }: WireSnapshot): boolean {
  const { sequence, lastLine } = facts;
  if (lastLine === null || from > 0) return true;
  const place = sequence - 1;
  const leftOut = place >= HISTORY_HEAD && place < HISTORY_HEAD + omitted;
  const line = history[place < HISTORY_HEAD ? place : place - omitted];
  return (omitted > 0 && leftOut) || line?.[2] === lastLine.entry[2];
}

/** Those that are told of; {@link hasMoreChildren} says whether there were more. */
export function childrenOf({ children }: Facts): readonly string[] {
  const named = children.includes(MORE_CHILDREN) ? children.filter((id) => id !== MORE_CHILDREN) : children;
  return named.length > CHILDREN_SHOWN ? named.slice(0, CHILDREN_SHOWN) : named;
}

export function hasMoreChildren({ children, leftOut }: Facts): boolean {
  return children.length > CHILDREN_SHOWN || children.includes(MORE_CHILDREN) || leftOut.includes('children');
}

/** The state as users see it: a custom state covers the one beneath until the next change. */
export function shownState(facts: Facts): string {
  return facts.progress === null || isTerminal(facts.state) ? facts.state : facts.progress[0];
}

/** Oldest first; of a long one the first and the last, as its gateway keeps them. */
export function historyLines({ lastLine }: Facts): readonly WireHistoryEntry[] {
  return withoutMiddle(linesUpTo(lastLine));
}

/** How many entries {@link historyLines} leaves out, after the first ten. */
export function omittedLines({ lastLine, omitted }: Facts): number {
  return omitted + Math.max(0, (lastLine?.count ?? 0) - SHOWN_LINES);
}

function addLine(before: HistoryLine | null, entry: WireHistoryEntry): HistoryLine {
  return { entry, before, count: (before?.count ?? 0) + 1 };
}

function linesUpTo(last: HistoryLine | null): readonly WireHistoryEntry[] {
  const entries: WireHistoryEntry[] = [];
  for (let line = last; line !== null; line = line.before) entries.push(line.entry);
  return entries.reverse();
}

function withoutMiddle(entries: readonly WireHistoryEntry[]): readonly WireHistoryEntry[] {
  if (entries.length <= SHOWN_LINES) return entries;
  return [...entries.slice(0, HISTORY_HEAD), ...entries.slice(-HISTORY_TAIL)];
}

/** A task may be retried without end, and a handle on it may be kept as long. */
function heldLines(last: HistoryLine | null, omitted: number): Pick<Facts, 'lastLine' | 'omitted'> {
  if (last === null || last.count <= HELD_LINES) return { lastLine: last, omitted };
  let kept: HistoryLine | null = null;
  for (const entry of withoutMiddle(linesUpTo(last))) kept = addLine(kept, entry);
  return { lastLine: kept, omitted: omitted + last.count - SHOWN_LINES };
}
