/**
 * A call that runs here and now: what a gateway does with it, for one call, in memory and without waits. The executor is a
 * worker's; its reports become the states, the progress and the chunks that the call's handle sees.
 */

import {
  IdConflictError,
  type Reason,
  type RefusedError,
  type RevokeVerdict,
  TaskRevokedError,
  type TaskState,
  UsageError,
} from '@celeriac/protocol';
import {
  conflictText,
  contextOf,
  describeFailure,
  effectiveTaskOptions,
  encodeFailure,
  encodeValue,
  HANDLER_TIMEOUT_MS,
  type LinkedCall,
  type Outcome,
  resolveOptions,
  resolveTimes,
  type WirePayload,
} from '@celeriac/protocol/internal';
import { afterReading, type Timer } from '@celeriac/runtime';
import { refusedCall } from '../connection/refusals.ts';
import { TaskRecord } from '../record/task-record.ts';
import type { ChunkSource } from '../streams/stream-reader.ts';
import { AbortSource } from './abort-source.ts';
import { limitError, startLimits } from './body-limits.ts';
import { ChunkWindow } from './chunk-window.ts';
import { consoleLog } from './execution-log.ts';
import { Executor } from './executor.ts';
import type { LocalBackend, LocalTask } from './local-backend.ts';
import { LOCAL_WORKER, type LocalCall, type LocalPlace } from './local-call.ts';
import { type Again, decide, judgeCall, type LocalState } from './local-decision.ts';
import { LocalRecord } from './local-record.ts';
import { LocalStream } from './local-stream.ts';
import { describeError } from './log-lines.ts';
import { fillCurrentTaskSlot } from './running-task.ts';

/** Attempts that end at once, and come again, before others have their turn. */
const RUNS_A_TURN = 1_000;

/** Returns when a synchronous function has ended; one that gives a promise goes on. The task is one of the place's. */
export function runHere(record: TaskRecord, call: LocalCall, backend: LocalBackend, place: LocalPlace): void {
  fillCurrentTaskSlot();
  const taken = backend.taskOf(record.id);
  if (taken !== undefined) {
    taken.join(record, call);
    return;
  }
  const run = new LocalRun(record, call, backend, place);
  const refusal = run.refusal();
  if (refusal === undefined) run.start();
  else record.break(refusedCall(record.id, refusal));
}

class LocalRun implements LocalTask {
  readonly #record: LocalRecord;
  readonly #backend: LocalBackend;
  readonly #place: LocalPlace;
  readonly #executor: Executor;
  readonly #stream: LocalStream;
  #task: LocalState;
  #attempt = 0;
  /** Why the attempt before did not end the task. */
  #reason: Again = 'retry';
  #abort = new AbortSource();
  readonly #children = new Set<string>();
  /** Another attempt is to begin. */
  #due = true;
  #going = false;
  /** What follows its end, and what that is given. */
  #links: readonly [calls: readonly LinkedCall[], given: readonly WirePayload[]] | undefined;

  constructor(record: TaskRecord, call: LocalCall, backend: LocalBackend, place: LocalPlace) {
    const { clock, tasks, app, payloadLimit } = place;
    const { args, options, route, prepend = [], lineage } = call;
    const { options: own = {} } = tasks.get(record.name ?? '')?.definition ?? {};
    const task = effectiveTaskOptions({ options: own, app }, route);
    this.#record = new LocalRecord(record, call, () => clock.now());
    this.#backend = backend;
    this.#place = place;
    this.#stream = new LocalStream(clock);
    this.#task = {
      args,
      prepend,
      call: options,
      options: resolveOptions(options, task),
      lineage: lineage === undefined ? null : { rootId: lineage[0], parentId: lineage[1] },
      retries: 0,
      requeues: 0,
      ...resolveTimes(options, task, 0, clock.now()),
    };
    this.#executor = new Executor({
      worker: LOCAL_WORKER,
      clock,
      log: consoleLog(record.name),
      quiet: true,
      tasks,
      payloadLimit,
      handlerTimeoutMs: HANDLER_TIMEOUT_MS,
      onEntered: () => {},
      onHeld: () => {},
    });
  }

  /** Why a gateway would not take the call. */
  refusal(): RefusedError | undefined {
    const { tasks } = this.#place;
    const { id, name } = this.#record;
    return judgeCall(id, name, this.#task, (linked) => tasks.get(linked)?.definition.options);
  }

  start(): void {
    const { id } = this.#record;
    const { queue, ignoreResult } = this.#task.options;
    this.#backend.began(id, this);
    this.#record.accept(queue, !ignoreResult);
    this.#go();
  }

  join(record: TaskRecord, call: LocalCall): void {
    this.#record.join(record, call, this.#task);
  }

  show(record: TaskRecord): void {
    this.#record.show(record, this.#task);
  }

  readStream(): ChunkSource {
    return this.#stream.read();
  }

  forget(): boolean {
    return this.#record.forget();
  }

  /** As in a worker's own loop, only the function itself can stop; how it ends no longer matters. */
  revoke(): RevokeVerdict {
    if (this.#record.ended) return 'already-done';
    this.#cancel('revoked');
    return 'revoked';
  }

  /** One attempt after the other, as long as they end at once. */
  #go(): void {
    this.#going = true;
    for (let runs = 0; this.#due && !this.#record.ended; runs++) {
      if (runs === RUNS_A_TURN) {
        this.#place.clock.soon(() => this.#go());
        break;
      }
      this.#due = false;
      this.#run();
    }
    this.#going = false;
  }

  #run(): void {
    const { clock, tasks } = this.#place;
    const { id, name } = this.#record;
    const { args, dueAt, expiresAt, options } = this.#task;
    // It runs without waiting until it is due, but a call that would have expired by then expires.
    if (expiresAt !== null && expiresAt <= Math.max(clock.now(), dueAt ?? 0)) {
      this.#cancel('expired');
      return;
    }
    this.#attempt += 1;
    const redelivered = this.#attempt > 1 && this.#reason === 'requeued';
    const context = contextOf(this.#task, redelivered);
    const assignment = ['', id, this.#attempt, name, args, context] as const;
    const abort = new AbortSource();
    const window = new ChunkWindow();
    this.#abort = abort;
    this.#stream.begin(this.#attempt, this.#reason, window);
    if (options.trackStarted) this.#tell('STARTED', 'started', null);
    let timers: readonly Timer[] = [];
    const ended = (): void => {
      for (const timer of timers) timer.cancel();
      if (this.#record.ended) this.#backend.ended(id);
    };
    this.#executor.execute(assignment, abort, window, {
      entered: () => {
        const soft = (): void => abort.ask(limitError('soft', assignment));
        timers = startLimits(clock, assignment, soft, () => this.#timeOut(limitError('hard', assignment)));
      },
      progress: (state, meta) => {
        if (!abort.aborted) this.#record.progress(state, meta);
      },
      emit: (chunk) => {
        if (!abort.aborted) this.#stream.push(chunk);
      },
      waits: () => {},
      settled: (outcome, children, follow) => {
        for (const timer of timers) timer.cancel();
        if (!abort.aborted) this.#settle(outcome, children);
        const limitMs = tasks.get(name)?.handlerTimeoutMs ?? HANDLER_TIMEOUT_MS;
        if (follow !== undefined && limitMs > 0)
          timers = [afterReading(clock, limitMs, () => abort.ask(limitError('handlers', assignment)))];
        if (follow === undefined) ended();
        else follow(true);
        this.#proceed();
      },
      followed: ended,
    });
  }

  #settle(outcome: Outcome, children: readonly string[]): void {
    for (const child of children) this.#children.add(child);
    const { clock, random } = this.#place;
    const { state, reason, body, next } = decide(this.#task, outcome, clock.now(), random());
    if (next === undefined) {
      this.#end(state, reason, body);
      return;
    }
    this.#task = next;
    this.#reason = reason;
    this.#due = true;
    this.#tell(state, reason, body);
  }

  #timeOut(error: Error): void {
    this.#end('FAILURE', 'timed-out', encodeFailure(describeFailure(error)));
    this.#abort.abort(error);
    this.#proceed();
  }

  #cancel(reason: 'revoked' | 'expired'): void {
    const error = new TaskRevokedError(reason);
    this.#end('REVOKED', reason, encodeFailure({ name: error.name, message: reason, code: error.code }));
    this.#abort.abort(error);
    this.#proceed();
  }

  #end(state: TaskState, reason: Reason, body: WirePayload | null): void {
    const { link = [], linkError = [] } = this.#task.call ?? {};
    if (state === 'SUCCESS') this.#links = [link, [body ?? '']];
    if (state === 'FAILURE') this.#links = [linkError, [encodeValue(this.#record.id, 'task id'), body ?? '']];
    for (const { id, name } of this.#links?.[0] ?? [])
      if (this.#whyNot(id, name) === undefined) this.#children.add(id);
    this.#stream.end();
    this.#tell(state, reason, body);
  }

  /** After an attempt, and those of its handlers that end at once: makes the linked calls, and begins the next attempt. */
  #proceed(): void {
    const [calls, given] = this.#links ?? [[], []];
    this.#links = undefined;
    for (const linked of calls) this.#follow(linked, given);
    if (this.#due && !this.#going) this.#go();
  }

  /** One that cannot run is logged, and is no child: the task before it has ended well. */
  #follow({ id, name, args, options, immutable }: LinkedCall, given: readonly WirePayload[]): void {
    const { hold } = this.#place;
    const error = this.#whyNot(id, name);
    if (error !== undefined) {
      consoleLog(name).error(describeError(error), 'the linked call could not be made');
      return;
    }
    const parent = this.#record.id;
    const lineage = [this.#task.lineage?.rootId ?? parent, parent] as const;
    const record = new TaskRecord(id, name, 'unconfirmed', hold, lineage);
    const call = { args, options, prepend: immutable ? [] : given, lineage };
    new LocalRun(record, call, this.#backend, this.#place).start();
  }

  /** Why a link does not run. */
  #whyNot(id: string, name: string): Error | undefined {
    if (!this.#place.tasks.has(name))
      return new UsageError(`task '${name}' is not defined here, so it cannot run here`);
    return this.#backend.taskOf(id) === undefined ? undefined : new IdConflictError(id, conflictText(id));
  }

  #tell(state: TaskState, reason: Reason, body: WirePayload | null): void {
    const worker = reason === 'expired' ? null : LOCAL_WORKER;
    this.#record.tell(state, reason, [this.#attempt, worker, this.#task.retries], body, this.#children);
  }
}
