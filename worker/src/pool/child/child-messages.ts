/**
 * What a worker and its children say to each other, whether a child is a thread or a process.
 *
 *   worker                          child
 *     │  setup ─▶                     │   which task files, which gateway
 *     │ ◀─────────── ready · broken   │   the files are loaded, or cannot be
 *     │  run ─▶                       │   one at a time
 *     │  abort ─▶                     │   named by its nonce: it may come after the run's end
 *     │ ◀───────── progress · waits   │
 *     │ ◀───────────────── entered    │   where its body has time limits: they count from here
 *     │ ◀───────── chunk · room ─▶    │   room is named by the nonce as well
 *     │ ◀────────────────── settled   │   the child is free again, unless handlers are to hear of it
 *     │  follow ─▶ ◀──── followed     │   then it is when they have: after the outcome is recorded, or refused
 *     │ ◀───────────────────── line   │   of its log
 *     │ ◀──────── call · call ─▶      │   what its bodies call, over the worker's connection: calls/
 *     │  end ─▶   ◀───────── ended    │   after what its bodies called is confirmed
 *
 * Values cross as the wire's own payloads, so nothing that a body returns has to be cloned. Tasks share the channel of
 * a process with us, and may write anything into it: what is no message of ours is passed over.
 */
import {
  type Assignment,
  COUNT_LIMIT,
  FrameError,
  type Outcome,
  readOutcome,
  type WirePayload,
} from '@celeriac/protocol/internal';
import { type FromCaller, isFromCaller, type ToCaller } from '../calls/call-messages.ts';
import type { StopReason } from '../pool.ts';

/** One end of a channel. */
export interface Port<Out> {
  post(message: Out): void;
}

export interface ChildSetup {
  /** URLs of the modules that export the apps. */
  readonly files: readonly string[];
  /** For calls that bodies make. */
  readonly gateway: string;
  /** The worker's name, as tasks see it. */
  readonly worker: string;
  readonly logLevel: string;
  readonly handlerTimeoutMs: number;
}

export type ToChild =
  | readonly ['setup', ChildSetup]
  | readonly ['run', Assignment, payloadLimit: number]
  | readonly ['abort', nonce: string, StopReason]
  | readonly ['room', nonce: string, upTo: number]
  | readonly ['follow', nonce: string, recorded: boolean]
  | readonly ['call', ToCaller]
  | readonly ['end'];

export type FromChild =
  | readonly ['ready', memory: ChildMemory]
  /** @param final another child would be no better */
  | readonly ['broken', why: string, final?: boolean]
  | readonly ['progress', state: string, meta: WirePayload]
  | readonly ['chunk', chunk: WirePayload]
  | readonly ['waits', boolean]
  | readonly ['entered']
  | readonly ['settled', Outcome, children: readonly string[], memory: ChildMemory, follows?: boolean]
  | readonly ['followed', memory: ChildMemory]
  | readonly ['line', text: string]
  | readonly ['call', FromCaller]
  | readonly ['ended'];

/** In bytes, at the start and after each run. */
export interface ChildMemory {
  readonly rss: number;
  readonly heap: number;
}

const KINDS: Readonly<Record<FromChild[0], (fields: readonly unknown[]) => boolean>> = {
  ready: ([memory]) => isMemory(memory),
  broken: ([why, final]) => isText(why) && (final === undefined || typeof final === 'boolean'),
  progress: ([state, meta]) => isText(state) && isPayload(meta),
  chunk: ([chunk]) => isPayload(chunk),
  waits: ([waiting]) => typeof waiting === 'boolean',
  entered: () => true,
  settled: ([outcome, children, memory, follows]) =>
    isOutcome(outcome) &&
    isTexts(children) &&
    isMemory(memory) &&
    (follows === undefined || typeof follows === 'boolean'),
  followed: ([memory]) => isMemory(memory),
  line: ([text]) => isText(text),
  call: ([message]) => isFromCaller(message),
  ended: () => true,
};

/** @returns whether this came from our code in a child, and not from a task that writes into our channel */
export function isFromChild(value: unknown): value is FromChild {
  if (!Array.isArray(value)) return false;
  const [kind, ...fields] = value as readonly unknown[];
  return typeof kind === 'string' && Object.hasOwn(KINDS, kind) && KINDS[kind as FromChild[0]](fields);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isPayload(value: unknown): boolean {
  return isText(value) || (isTexts(value) && Array.isArray(value) && value.length === 2);
}

function isOutcome(value: unknown): boolean {
  try {
    readOutcome(value, COUNT_LIMIT);
    return true;
  } catch (error) {
    if (error instanceof FrameError) return false;
    throw error;
  }
}

function isMemory(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'rss' in value && 'heap' in value;
}
