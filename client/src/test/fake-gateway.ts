import { RefusedError, type TaskState } from '@celeriac/protocol';
import {
  type Answer,
  type AnswerTo,
  type AskedFrame,
  DEFAULT_LIMITS,
  type EventItem,
  encodeFailure,
  type FeedItem,
  type HistoryStep,
  type Limits,
  type OneWayFrame,
  type Receipt,
  type SaidIn,
  type StreamItem,
  type SubmitItem,
  type WireSnapshot,
} from '@celeriac/protocol/internal';
import type { OpenTransport, Transport, TransportEvents } from '../connection/transport.ts';

type Frame = { [Name in OneWayFrame]: readonly [Name, SaidIn<Name>] }[OneWayFrame];
type Asked<Name extends AskedFrame, Said extends string> = {
  readonly answer: (answer: Answer<AnswerTo<Name>>) => void;
} & { readonly [Word in Said]: SaidIn<Name> };

/** One session as the gateway's end of a link sees it. */
export class FakeSession implements Transport {
  readonly frames: Frame[] = [];
  readonly gets: Asked<'get', 'ids'>[] = [];
  readonly revokes: Asked<'revoke', 'items'>[] = [];
  readonly forgets: Asked<'forget', 'ids'>[] = [];
  readonly controls: Asked<'control', 'items'>[] = [];
  readonly lists: Asked<'list', 'queries'>[] = [];
  closed = false;
  readonly #events: TransportEvents;

  constructor(events: TransportEvents) {
    this.#events = events;
  }

  send<Name extends OneWayFrame>(name: Name, body: SaidIn<Name>): void {
    this.frames.push([name, body] as unknown as Frame);
  }

  ask<Name extends AskedFrame>(
    name: Name,
    body: SaidIn<Name>,
    answer: (answer: Answer<AnswerTo<Name>>) => void,
  ): void {
    const kinds: { readonly [Asked in AskedFrame]?: unknown[] } = {
      get: this.gets,
      revoke: this.revokes,
      forget: this.forgets,
      control: this.controls,
      list: this.lists,
    };
    kinds[name]?.push({ answer, ids: body, items: body, queries: body });
  }

  close(): void {
    this.closed = true;
  }

  /** Frame names in the order they came. */
  get names(): readonly string[] {
    return this.frames.map(([name]) => name);
  }

  /** The items of all frames of one name. */
  sent<Name extends OneWayFrame>(name: Name): readonly SaidIn<Name>[] {
    return this.frames.filter(([other]) => other === name).map(([, body]) => body as SaidIn<Name>);
  }

  get submits(): readonly SubmitItem[] {
    return this.sent('submit').flat();
  }

  welcome(epoch = 'epoch-1', limits: Partial<Limits> = {}): this {
    this.#tell((events) =>
      events.welcome({ protocol: 1, epoch, now: 0, limits: { ...DEFAULT_LIMITS, ...limits } }),
    );
    return this;
  }

  receipts(...receipts: readonly Receipt[]): this {
    this.#tell((events) => events.receipts(receipts));
    return this;
  }

  accept(...ids: readonly string[]): this {
    return this.receipts(...ids.map((id): Receipt => [id, 1, 'default', true, 1_000]));
  }

  events(...items: readonly EventItem[]): this {
    this.#tell((events) => events.events(items));
    return this;
  }

  snapshots(...snapshots: readonly WireSnapshot[]): this {
    this.#tell((events) => events.snapshots(snapshots));
    return this;
  }

  feeds(...items: readonly FeedItem[]): this {
    this.#tell((events) => events.feeds(items));
    return this;
  }

  streams(...items: readonly StreamItem[]): this {
    this.#tell((events) => events.streams(items));
    return this;
  }

  refuse(code: string, ids: readonly string[], retryAfterMs: number | null = null): this {
    this.#tell((events) => events.refused({ code, message: code, retryAfterMs, ids }));
    return this;
  }

  goaway(afterMs: number): this {
    this.#tell((events) => events.goaway(afterMs));
    return this;
  }

  /** The connection breaks, for that reason or another, or the handshake is refused with a code. */
  lose(why: string | Error = new Error('connection lost')): void {
    const refused = typeof why === 'string';
    const reason = refused ? RefusedError.of({ code: why, message: 'no' }) : why;
    this.#tell((events) => events.lost({ reason, refused, retryAfterMs: null }));
  }

  /** The token has ended, and there is no factory. */
  loseForGood(code: string): void {
    const reason = RefusedError.of({ code, message: 'the token has ended' });
    this.#tell((events) => events.lost({ reason, refused: true, retryAfterMs: null, final: true }));
  }

  /** It closes because of a frame's size. */
  choke(): void {
    const reason = new Error('connection lost');
    this.#tell((events) => events.lost({ reason, refused: false, retryAfterMs: null, choked: true }));
  }

  #tell(tell: (events: TransportEvents) => void): void {
    if (!this.closed) tell(this.#events);
  }
}

/** The gateway's side of the seam, in memory. */
export class FakeGateway {
  readonly sessions: FakeSession[] = [];

  readonly openTransport: OpenTransport = (events) => {
    const session = new FakeSession(events);
    this.sessions.push(session);
    return session;
  };

  get session(): FakeSession {
    const last = this.sessions.at(-1);
    if (last === undefined) throw new Error('no session has been opened');
    return last;
  }
}

export function transition(
  id: string,
  sequence: number,
  state: TaskState,
  more: Partial<Pick<HistoryStep, 'reason' | 'attempt' | 'worker'>> & {
    body?: string;
    retries?: number;
    children?: readonly string[];
    at?: number;
  } = {},
): EventItem {
  const { reason = REASON[state], attempt = 1, worker = 'w1', body = null, retries = 0 } = more;
  const { at = 1_000 * sequence } = more;
  const event = [id, sequence, at, state, reason, attempt, worker, retries, body] as const;
  return more.children === undefined ? event : [...event, more.children];
}

const REASON = {
  PENDING: 'released',
  STARTED: 'started',
  RETRY: 'retry',
  SUCCESS: 'completed',
  FAILURE: 'error',
  REVOKED: 'revoked',
  IGNORED: 'ignored',
} as const;

/** The body of a transition to FAILURE or RETRY. */
export function failure(name: string, message: string): string {
  const wire = encodeFailure({ name, message, traceback: `${name}: ${message}\n    at tasks.ts:1:1` });
  return typeof wire === 'string' ? wire : wire[1];
}

export function progress(id: string, sequence: number, state: string, meta: unknown): EventItem {
  return [id, sequence, 1_000 * sequence, null, state, JSON.stringify(meta)];
}

export function snapshot(id: string, facts: Partial<WireSnapshot> = {}): WireSnapshot {
  return {
    id,
    known: true,
    sequence: 1,
    state: 'PENDING',
    waiting: null,
    name: 'add',
    queue: 'default',
    attempt: 0,
    retries: 0,
    worker: null,
    rootId: id,
    parentId: null,
    children: [],
    args: null,
    progress: null,
    body: null,
    gone: false,
    kept: true,
    from: 0,
    history: [['PENDING', 'submitted', 1_000, 0, null]],
    omitted: 0,
    ...facts,
  };
}

export function unknown(id: string): WireSnapshot {
  return snapshot(id, {
    known: false,
    sequence: 0,
    rootId: null,
    name: null,
    queue: null,
    kept: false,
    history: [],
  });
}
