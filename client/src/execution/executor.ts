/**
 * One attempt, from its bytes to its outcome:
 * find the task → read and count the arguments → make `self` → run the body → judge how it ended → when that is
 * recorded, handlers.
 *
 * Nothing a task does throws out of here. A body that answers at once, of a task without handlers, costs no
 * promise and no timer.
 */

import { UsageError } from '@celeriac/protocol';
import type { Assignment, Outcome } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import type { HostedTask } from '../hosting.ts';
import type { AbortSource } from './abort-source.ts';
import type { ChunkWindow } from './chunk-window.ts';
import { isOneOf } from './error-match.ts';
import type { ExecutionLog } from './execution-log.ts';
import { isGenerator, pourGenerator } from './generator.ts';
import { AfterCalls, callBefore, callsAfter, NO_CALLS } from './handlers.ts';
import { logEnd, logHandlerError, logHandlersStopped, logSlowStart } from './log-lines.ts';
import { checkCount, readArguments } from './read-arguments.ts';
import type { RunReports } from './run-reports.ts';
import { adoptThenable, isThenable, runAs } from './running-task.ts';
import { RunningSelf } from './self.ts';
import {
  type AttemptVerdict,
  failurePayload,
  type Judged,
  verdictOnError,
  verdictOnReturn,
  verdictOnThrow,
} from './verdict.ts';

export interface ExecutorSettings {
  /** The worker's name, as tasks see it. */
  readonly worker: string;
  readonly clock: Clock;
  readonly log: ExecutionLog;
  /** How an attempt ends is not logged: the caller has its handle. Default false. */
  readonly quiet?: boolean;
  readonly tasks: ReadonlyMap<string, HostedTask>;
  /** Size of one result in UTF-16 units; asked anew for each attempt, the gateway may change it. */
  readonly payloadLimit: () => number;
  /** How long `beforeStart` is waited for, where its task does not say; 0 is without end. */
  readonly handlerTimeoutMs: number;
  /** Told of each body as it is entered. */
  readonly onEntered: (task: string) => void;
  /** Told how long each body held the event loop before it first gave way, in milliseconds. */
  readonly onHeld: (task: string, ms: number) => void;
}

/** What belongs to one attempt while it runs. */
interface Execution {
  readonly assignment: Assignment;
  readonly abort: AbortSource;
  readonly reports: RunReports;
  readonly self: RunningSelf;
  readonly judged: Judged;
}

export class Executor {
  readonly #settings: ExecutorSettings;

  constructor(settings: ExecutorSettings) {
    this.#settings = settings;
  }

  /** @param window the caller tells it when more chunks may come */
  execute(assignment: Assignment, abort: AbortSource, window: ChunkWindow, reports: RunReports): void {
    const [, id, , name, payload, { retries, maxRetries, prepend, argsRepr }] = assignment;
    const { worker, clock, log, tasks } = this.#settings;
    const task = tasks.get(name);
    if (task === undefined) {
      reports.settled(notRegistered(name, worker), []);
      return;
    }
    const payloadLimit = this.#settings.payloadLimit();
    let args: readonly unknown[] = [];
    let refusal: AttemptVerdict | undefined;
    try {
      args = readArguments(task, payload, prepend);
      checkCount(task, args);
    } catch (error) {
      refusal = verdictOnError(error, payloadLimit);
    }
    const self = new RunningSelf(assignment, args, abort, {
      worker,
      clock,
      log,
      serializers: task.serializers,
      payloadLimit,
      window,
      reports,
    });
    abort.stops(window);
    const judged: Judged = { task, name, id, args, payload, argsRepr, retries, maxRetries, payloadLimit };
    const execution: Execution = { assignment, abort, reports, self, judged };
    if (refusal !== undefined) this.#end(execution, refusal);
    else if (task.handlers.beforeStart === undefined) this.#enter(execution);
    else this.#prepare(execution);
  }

  #prepare(execution: Execution): void {
    const { assignment, self, judged } = execution;
    const { clock, log, handlerTimeoutMs } = this.#settings;
    const { handlers, handlerTimeoutMs: limitMs = handlerTimeoutMs } = judged.task;
    const prepared = (ended: boolean): void => {
      if (!ended) logSlowStart(log, assignment, limitMs);
      this.#enter(execution);
    };
    const ended = callBefore(handlers, self, clock, limitMs, this.#onHandlerError(assignment));
    if (ended === true) prepared(ended);
    else void ended.then(prepared);
  }

  #enter(execution: Execution): void {
    const { abort, reports, judged } = execution;
    if (abort.aborted) {
      this.#end(execution, verdictOnError(abort.reason, judged.payloadLimit));
      return;
    }
    reports.entered();
    const verdict = this.#run(execution);
    if (verdict !== undefined) this.#end(execution, verdict);
  }

  /** @returns the verdict when it is known already; else the execution ends by itself */
  #run(execution: Execution): AttemptVerdict | undefined {
    const { abort, self, judged } = execution;
    const { clock, onEntered, onHeld } = this.#settings;
    const { name } = judged;
    onEntered(name);
    const enteredAt = clock.monotonic();
    try {
      const returned = enter(self, judged);
      if (isGenerator(returned)) this.#await(execution, runAs(self, pourGenerator, [returned, self]));
      else if (isThenable(returned)) this.#await(execution, adoptThenable(self, returned));
      else return verdictOnReturn(returned, judged);
      return undefined;
    } catch (thrown) {
      return verdictOnThrow(abort.unwrap(thrown), judged);
    } finally {
      onHeld(name, clock.monotonic() - enteredAt);
    }
  }

  #await(execution: Execution, given: Promise<unknown>): void {
    const { abort, self, judged } = execution;
    const failed = (thrown: unknown): void =>
      this.#end(execution, verdictOnThrow(abort.unwrap(thrown), judged));
    given.then((value) => {
      // A function that gave a promise of a generator, as one with a slow schema does.
      if (looksLikeGenerator(value)) this.#await(execution, runAs(self, pourGenerator, [value, self]));
      else this.#end(execution, verdictOnReturn(value, judged));
    }, failed);
  }

  /**
   * The verdict stands and is told; handlers hear of it when it is recorded, so that whatever they do to this process
   * cannot change it. An attempt that was asked to stop (revoked, lost, given back) ends as the gateway has decided
   * already, so its handlers are not told otherwise.
   */
  #end(execution: Execution, verdict: AttemptVerdict): void {
    const { assignment, abort, reports, self, judged } = execution;
    const { handlers, throws } = judged.task;
    self.end();
    if (verdict.outcome[0] !== 'success' && this.#settings.quiet !== true) {
      logEnd(this.#settings.log, assignment, verdict, abort.aborted || isOneOf(verdict.value, throws));
    }
    const calls = abort.aborted ? NO_CALLS : callsAfter(handlers, verdict);
    if (calls.length === 0) {
      reports.settled(verdict.outcome, self.children);
      return;
    }
    abort.renew();
    reports.settled(verdict.outcome, self.children, (recorded) => {
      if (recorded && !abort.aborted) this.#follow(execution, new AfterCalls(calls));
      else reports.followed();
    });
  }

  #follow({ assignment, abort, reports, self }: Execution, calls: AfterCalls): void {
    abort.stops({
      stop: (reason) => {
        const handlers = calls.stop();
        if (handlers.length > 0) logHandlersStopped(this.#settings.log, assignment, handlers, reason);
      },
    });
    calls.run(self, this.#onHandlerError(assignment), () => reports.followed());
  }

  #onHandlerError(assignment: Assignment): (handler: string, error: unknown) => void {
    return (handler, error) => logHandlerError(this.#settings.log, assignment, handler, error);
  }
}

/** Here bytes become the arguments of a function: whether they fit its types cannot be known. */
function enter(self: RunningSelf, { task, args }: Judged): unknown {
  const body = task.run as (...args: readonly unknown[]) => unknown;
  return runAs(self, body, task.bind ? [self, ...args] : args);
}

/** What a body returns may be anything, even an object that throws when it is looked at. */
function looksLikeGenerator(value: unknown): value is Parameters<typeof pourGenerator>[0] {
  try {
    return isGenerator(value);
  } catch {
    return false;
  }
}

/** Workers of an older release may share a queue; another worker may well know the task. */
function notRegistered(name: string, worker: string): Outcome {
  const error = new UsageError(`worker ${worker} has no task named '${name}'`);
  return ['rejected', failurePayload(error, Number.POSITIVE_INFINITY), true];
}
