/**
 * One task, two workers, one gateway and one client, as small as they can be and still go wrong. What a task becomes is
 * decided by the gateway's real core; what is here is who knows what, and what is on its way.
 */
import type { StoredTask } from '@celeriac/gateway/testing';

export interface SearchState {
  /** As committed. */
  readonly disk: StoredTask | null;
  /** As the gateway has it, committed or not; `null` while it is down, too. */
  readonly live: StoredTask | null;
  readonly up: boolean;
  /** What the gateway says when the next commit is done. */
  readonly owed: readonly Owed[];
  readonly client: Client;
  readonly workers: readonly [SearchedWorker, SearchedWorker];
  /** Nonces of bodies that were entered, in order. */
  readonly entered: readonly string[];
  /** Nonces given so far. */
  readonly nonces: number;
  /** Deaths and cuts so far. */
  readonly faults: number;
}

export type Owed =
  | { readonly to: 'client' }
  | { readonly to: number; readonly session: string; readonly message: ToWorker };

export interface Client {
  readonly submits: number;
  /** Submits on their way. */
  readonly coming: number;
  readonly accepted: boolean;
  readonly revoked: boolean;
  /** The first end that it was told of. */
  readonly end: string | null;
}

export interface SearchedWorker {
  /** The session that it was given last, and wants back; lost with its process. */
  readonly wants: string | null;
  /** Its session, as the gateway knows it; `null` where it knows none. */
  readonly session: string | null;
  /** Sessions that it has had. */
  readonly sessions: number;
  readonly linked: boolean;
  readonly runs: readonly SearchedRun[];
  readonly toWorker: readonly ToWorker[];
  readonly toGateway: readonly ToGateway[];
}

export interface SearchedRun {
  readonly nonce: string;
  readonly attempt: number;
  /** `waiting`: for leave to begin, where it may run only once. `done`, or `stopped`: its report is not acked. */
  readonly phase: 'waiting' | 'running' | 'done' | 'stopped';
}

export type ToWorker = readonly [
  what: 'assign' | 'go' | 'stale' | 'abort' | 'ack',
  nonce: string,
  attempt: number,
];
export type ToGateway = readonly [what: 'started' | 'done' | 'stopped', nonce: string, attempt: number];

const NOBODY: SearchedWorker = {
  wants: null,
  session: null,
  sessions: 0,
  linked: false,
  runs: [],
  toWorker: [],
  toGateway: [],
};

export const BEGINNING: SearchState = {
  disk: null,
  live: null,
  up: true,
  owed: [],
  client: { submits: 0, coming: 0, accepted: false, revoked: false, end: null },
  workers: [NOBODY, NOBODY],
  entered: [],
  nonces: 0,
  faults: 0,
};

/** Equal for scopes that cannot be told apart by anything that comes after. */
export function stateKey({ disk, live, ...rest }: SearchState): string {
  return JSON.stringify([brief(disk), brief(live), rest]);
}

function brief(record: StoredTask | null): unknown {
  if (record === null) return null;
  const { version, phase, state, attempt, deliveries, lease, trialMs, body, history } = record;
  return [version, phase, state, attempt, deliveries, lease?.nonce, trialMs, body, history.entries.length];
}

/** How a task ended, as a client is told. */
export function endOf({ state, body }: StoredTask): string {
  return `${state} ${String(body)}`;
}

/** Nothing is left of it but its report. */
export function isOver({ phase }: SearchedRun): boolean {
  return phase === 'done' || phase === 'stopped';
}

/** What its worker says of it. */
export function reportOf({ nonce, attempt, phase }: SearchedRun): ToGateway {
  return [phase === 'done' || phase === 'stopped' ? phase : 'started', nonce, attempt];
}
