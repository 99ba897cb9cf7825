import {
  type Assignment,
  type AssignmentContext,
  decodeFailure,
  type Outcome,
  type WirePayload,
} from '@celeriac/protocol/internal';
import { ManualClock } from '@celeriac/runtime/testing';
import { AbortSource } from '../execution/abort-source.ts';
import { ChunkWindow } from '../execution/chunk-window.ts';
import { Executor } from '../execution/executor.ts';
import type { Follow } from '../execution/run-reports.ts';
import { type FakeTask, fakeTask } from './fake-task.ts';
import { recordingLog } from './recording-log.ts';

/** Size of one result or meta. */
export const PAYLOAD_LIMIT = 10_000;

interface Ran {
  readonly outcome: Outcome;
  readonly progress: readonly (readonly [string, WirePayload])[];
  readonly children: readonly string[];
  /** When the body began to wait for another task, and when it had. */
  readonly waits: readonly boolean[];
}

/** What the gateway says of the outcome. */
const RECORDED = true;

/** Runs bodies as the task `work`, with no gateway, on a manual clock. */
export class TestExecutor {
  readonly clock = new ManualClock();
  /** How long each body held the event loop. */
  readonly held: (readonly [string, number])[] = [];
  /** What was logged. */
  readonly lines: Readonly<Record<string, unknown>>[] = [];

  executorOf(body: (...args: never[]) => unknown, task: FakeTask = {}): Executor {
    return new Executor({
      worker: 'worker-1',
      clock: this.clock,
      log: recordingLog(this.lines),
      tasks: new Map([['work', fakeTask('work', body, task)]]),
      payloadLimit: () => PAYLOAD_LIMIT,
      handlerTimeoutMs: 1_000,
      onEntered: () => undefined,
      onHeld: (...facts) => void this.held.push(facts),
    });
  }

  /** Runs one task to its end, and that of its handlers. */
  async run(
    body: (...args: never[]) => unknown,
    given: FakeTask & {
      readonly args?: readonly unknown[];
      readonly abort?: AbortSource;
      readonly name?: string;
      readonly payload?: WirePayload;
      readonly context?: Partial<AssignmentContext>;
      /** Given how to let the handlers be called; default: its outcome is recorded at once. */
      readonly follow?: (follow: Follow) => void;
    } = {},
  ): Promise<Ran> {
    const {
      args = [],
      payload = JSON.stringify(args),
      abort = new AbortSource(),
      name = 'work',
      context = {},
      ...task
    } = given;
    const executor = this.executorOf(body, task);
    const progress: (readonly [string, WirePayload])[] = [];
    const waits: boolean[] = [];
    const call = { retries: 1, etaAt: this.clock.now(), ...context };
    let ran: Ran | undefined;
    return new Promise((resolve) => {
      executor.execute(assignment(name, payload, call), abort, new ChunkWindow(), {
        emit: () => undefined,
        progress: (...item) => void progress.push(item),
        waits: (waiting) => void waits.push(waiting),
        entered: () => undefined,
        settled: (outcome, children, follow) => {
          ran = { outcome, children, progress, waits };
          if (follow === undefined) resolve(ran);
          else if (given.follow === undefined) follow(RECORDED);
          else given.follow(follow);
        },
        followed: () => ran !== undefined && resolve(ran),
      });
    });
  }
}

/** The message of a failure. */
export function messageOf(outcome: Outcome): string {
  const [kind, error] = outcome;
  return kind === 'failure' && error !== undefined ? decodeFailure(error).message : `it ended as ${kind}`;
}

export function assignment(
  name: string,
  payload: WirePayload,
  context: Partial<AssignmentContext> = {},
): Assignment {
  const plain: AssignmentContext = {
    queue: 'default',
    priority: 0,
    retries: 0,
    maxRetries: 3,
    redelivered: false,
    awaitStart: false,
    etaAt: null,
    expiresAt: null,
  };
  return ['nonce-1', 'id-1', 1, name, payload, { ...plain, ...context }];
}
