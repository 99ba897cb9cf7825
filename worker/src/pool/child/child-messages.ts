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
  readChildIds,
  readFlag,
  readInteger,
  readObject,
  readOutcome,
  readPayload,
  readText,
  STATE_LENGTH,
  unexpected,
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

export interface ChildEvents {
  received(message: FromChild): void;
  /** Exactly once, after all that it had sent. @param why completes "it": `ended (signal SIGABRT)` */
  ended(why: string): void;
}

/** A thread or a process, as its worker holds it. */
export interface ChildHandle extends Port<ToChild> {
  /** For the log: `process 4711`. */
  readonly label: string;
  /** Ends it at once, whatever it does; idempotent. `ended` follows. */
  kill(): void;
}

export type SpawnChild = (events: ChildEvents) => ChildHandle;

type Fields = readonly unknown[];

/** By its kind: a message as it is read, without what does not belong to it, and within what the gateway takes of it. */
const READERS: {
  readonly [Kind in FromChild[0]]: (fields: Fields) => Extract<FromChild, readonly [Kind, ...unknown[]]>;
} = {
  ready: ([memory]) => ['ready', readMemory(memory)],
  broken: ([why, final]) =>
    final === undefined
      ? ['broken', readAnyText(why)]
      : ['broken', readAnyText(why), readFlag(final, 'broken.final')],
  progress: ([state, meta]) => ['progress', readText(state, 'progress.state', STATE_LENGTH), readBody(meta)],
  chunk: ([chunk]) => ['chunk', readBody(chunk)],
  waits: ([waiting]) => ['waits', readFlag(waiting, 'waits')],
  entered: () => ['entered'],
  settled: ([outcome, children, memory, follows]) => {
    const settled = [
      'settled',
      readOutcome(outcome, COUNT_LIMIT),
      readChildIds(children),
      readMemory(memory),
    ] as const;
    return follows === undefined ? settled : [...settled, readFlag(follows, 'settled.follows')];
  },
  followed: ([memory]) => ['followed', readMemory(memory)],
  line: ([text]) => ['line', readAnyText(text)],
  call: ([message]) => {
    if (isFromCaller(message)) return ['call', message];
    throw unexpected('a call', 'call', message);
  },
  ended: () => ['ended'],
};

/** @returns `undefined` for what did not come from our code in a child, but from a task that writes into our channel */
export function readFromChild(value: unknown): FromChild | undefined {
  if (!Array.isArray(value)) return undefined;
  const [kind, ...fields] = value as Fields;
  if (typeof kind !== 'string' || !Object.hasOwn(READERS, kind)) return undefined;
  try {
    return READERS[kind as FromChild[0]](fields);
  } catch (error) {
    if (error instanceof FrameError) return undefined;
    throw error;
  }
}

function readAnyText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw unexpected('a string', 'text', value);
}

function readBody(value: unknown): WirePayload {
  return readPayload(value, 'payload', COUNT_LIMIT);
}

function readMemory(value: unknown): ChildMemory {
  const { rss, heap } = readObject(value, 'memory');
  return {
    rss: readInteger(rss, 'memory.rss', 0, COUNT_LIMIT),
    heap: readInteger(heap, 'memory.heap', 0, COUNT_LIMIT),
  };
}
