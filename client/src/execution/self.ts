/** `self`: what a running task sees of where it runs. */

import { StreamFullError, UsageError } from '@celeriac/protocol';
import { type Assignment, isReservedState, payloadSize, STATE_LENGTH } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import {
  type HostedSerializers,
  INSIDE,
  type InsideTask,
  type RetryOptions,
  SIGNAL,
  type TaskLog,
  type TaskRequest,
  type TaskSelf,
} from '../hosting.ts';
import { Retry } from '../signals.ts';
import type { AbortSource } from './abort-source.ts';
import type { ChunkWindow } from './chunk-window.ts';
import type { ExecutionLog } from './execution-log.ts';
import { shownLog, taskLog } from './log-lines.ts';
import type { RunReports } from './run-reports.ts';
import { RunningInside } from './running-inside.ts';
import { encodeWithin, lastError } from './verdict.ts';

const NO_CHILDREN: readonly string[] = [];

/** What `self` is made of besides its assignment. */
export interface SelfParts {
  readonly worker: string;
  /** Its function was called directly, so that it cannot be run again. Default false. */
  readonly calledDirectly?: boolean;
  readonly clock: Clock;
  readonly log: ExecutionLog;
  readonly serializers: HostedSerializers;
  /** Size of one progress meta, in UTF-16 units. */
  readonly payloadLimit: number;
  readonly window: ChunkWindow;
  readonly reports: Pick<RunReports, 'progress' | 'emit' | 'waits'>;
}

export class RunningSelf implements TaskSelf {
  readonly #assignment: Assignment;
  readonly #args: readonly unknown[];
  readonly #abort: AbortSource;
  readonly #surroundings: SelfParts;
  #request: TaskRequest | undefined;
  #log: TaskLog | undefined;
  #inside: RunningInside | undefined;
  #ended = false;
  #refusedState = false;

  constructor(assignment: Assignment, args: readonly unknown[], abort: AbortSource, surroundings: SelfParts) {
    this.#assignment = assignment;
    this.#args = args;
    this.#abort = abort;
    this.#surroundings = surroundings;
  }

  get name(): string {
    return this.#assignment[3];
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get request(): TaskRequest {
    this.#request ??= describeRequest(this.#assignment, this.#args, this.#surroundings);
    return this.#request;
  }

  get log(): TaskLog {
    this.#log ??= shownLog(taskLog(this.#surroundings.log, this.#assignment));
    return this.#log;
  }

  get [INSIDE](): InsideTask {
    this.#inside ??= new RunningInside(rootOf(this.#assignment), this.#surroundings.reports);
    return this.#inside;
  }

  /** Ids of the tasks called so far. */
  get children(): readonly string[] {
    return this.#inside?.children ?? NO_CHILDREN;
  }

  /**
   * @throws UsageError for a name that Celery itself uses, an empty or an overlong one
   * @throws PayloadError when the meta cannot be written as the arguments were, or is too large
   */
  updateState(update: { readonly state: string; readonly meta?: unknown }): void {
    const { state, meta } = update;
    if (typeof state !== 'string' || state.length === 0 || state.length > STATE_LENGTH) {
      throw new UsageError(`expected a custom state to be a string of 1 to ${STATE_LENGTH} characters`);
    }
    if (isReservedState(state)) {
      throw new UsageError(
        `'${state}' is one of Celery's own states; ${this.name} must use another name for a custom one`,
      );
    }
    const { serializers, payloadLimit: limit, reports } = this.#surroundings;
    const what = `meta of ${state} in ${this.name}`;
    if (this.#ended) this.#refuseState(state);
    else reports.progress(state, encodeWithin(meta, what, { serializers, like: this.#assignment[4], limit }));
  }

  /** Told once, and not thrown: what a timer throws that outlived its body would end the process. */
  #refuseState(state: string): void {
    if (!this.#refusedState)
      this.log.warn('a state that is set after the body has ended is not shown', { state });
    this.#refusedState = true;
  }

  /** The body has ended: a later state or chunk is dropped. */
  end(): void {
    this.#ended = true;
  }

  /** How the body ends is decided already. */
  get isOver(): boolean {
    return this.#abort.aborted;
  }

  /** Whether another chunk may be given at once. */
  get hasRoom(): boolean {
    return this.#surroundings.window.hasRoom;
  }

  /**
   * Throws at once; rejects only in a body that is stopped while it waits.
   * @throws PayloadError when the chunk cannot be written as the arguments were, or is too large; StreamFullError for
   * a body that never waits; the signal's reason for one that was stopped
   */
  emit(chunk: unknown): Promise<void> {
    const { serializers, payloadLimit: limit, reports, window } = this.#surroundings;
    if (this.#abort.aborted) throw this.#abort.reason;
    if (this.#ended) throw new UsageError(`${this.name} has ended: it can emit no more chunks`);
    if (window.isFull)
      throw new StreamFullError(
        `${this.name} emitted ${window.given} chunks faster than they were read; await each emit()`,
      );
    const what = `chunk ${window.given} of ${this.name}`;
    const payload = encodeWithin(chunk, what, { serializers, like: this.#assignment[4], limit });
    window.add(payloadSize(payload));
    reports.emit(payload);
    return window.whenRoom();
  }

  /**
   * @throws OptionError when the options make no sense; else always Retry, or what would fail the task in the end where nobody
   * can run it again
   */
  retry(options: RetryOptions = {}): never {
    const { clock, calledDirectly = false } = this.#surroundings;
    const retry = new Retry(options, clock);
    if (!calledDirectly) throw retry;
    const { name, request } = this;
    throw lastError(retry[SIGNAL], { name, ...request, argsRepr: undefined });
  }
}

function describeRequest(
  assignment: Assignment,
  args: readonly unknown[],
  { worker, calledDirectly = false }: SelfParts,
): TaskRequest {
  const [, id, attempt, , , context] = assignment;
  return {
    id,
    rootId: rootOf(assignment),
    parentId: context.parentId ?? null,
    headers: readHeaders(context.headers),
    args,
    attempt,
    worker,
    retries: context.retries,
    maxRetries: context.maxRetries,
    queue: context.queue,
    priority: context.priority,
    eta: context.etaAt === null ? null : new Date(context.etaAt),
    expires: context.expiresAt === null ? null : new Date(context.expiresAt),
    timeLimit: secondsOf(context.timeLimitMs),
    softTimeLimit: secondsOf(context.softTimeLimitMs),
    redelivered: context.redelivered,
    calledDirectly,
  };
}

function secondsOf(ms: number | undefined): number | null {
  return ms === undefined || ms === 0 ? null : ms / 1000;
}

function rootOf([, id, , , , context]: Assignment): string {
  return context.rootId ?? id;
}

/** Nobody has checked the caller's headers on the way: anything but an object counts as none. */
function readHeaders(text: string | undefined): Readonly<Record<string, unknown>> {
  return Object.freeze(text === undefined ? {} : parseObject(text));
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const headers: unknown = JSON.parse(text);
    return typeof headers === 'object' && headers !== null && !Array.isArray(headers) ? { ...headers } : {};
  } catch {
    return {};
  }
}
