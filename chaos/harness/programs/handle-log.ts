/** Writes down what handles learn, as their users see it. */
import { type AsyncResult, CeleriacError, type Snapshot } from '@celeriac/client';
import { TASK_STATES, type TaskState } from '@celeriac/protocol';
import { isTerminal } from '@celeriac/protocol/internal';
import type { ReadState, TaskLine } from '../../history/entry.ts';
import type { HistoryRecorder } from '../../history/history-recorder.ts';

export class HandleLog {
  readonly #recorder: HistoryRecorder;
  #open = 0;

  constructor(recorder: HistoryRecorder) {
    this.#recorder = recorder;
  }

  /** How many handles have not settled. */
  get open(): number {
    return this.#open;
  }

  /** Until it has settled. Never rejects. */
  async follow(handle: AsyncResult): Promise<void> {
    const { id } = handle;
    const number = this.#recorder.next();
    const common = { kind: 'operation', op: 'follow', number, id } as const;
    this.#recorder.say({ ...common, phase: 'invoke' });
    this.#open += 1;
    let told = 0;
    const tell = (snapshot: Snapshot): void => {
      const lines = linesOf(snapshot).slice(told);
      const from = told;
      told = snapshot.history.length;
      const body = bodyOf(snapshot);
      if (lines.length > 0)
        this.#recorder.say({ kind: 'seen', watcher: `h${number}`, id, from, lines, sequence: told, body });
    };
    const stop = handle.on('state', tell);
    try {
      await handle.get({ propagate: false });
      tell(handle.snapshot());
      this.#recorder.say({ ...common, phase: 'ok', state: plainState(handle.state) });
    } catch (error) {
      // The task may have ended without a value that could be had.
      const state = plainState(handle.state);
      if (isTerminal(state)) this.#recorder.say({ ...common, phase: 'ok', state });
      else this.#recorder.say({ ...common, phase: 'fail', code: errorCodeOf(error) });
    } finally {
      stop();
      this.#open -= 1;
    }
  }

  /** Never rejects. */
  async read(handle: AsyncResult, final: boolean): Promise<void> {
    const { id } = handle;
    const number = this.#recorder.next();
    const common = { kind: 'operation', op: 'read', number, id } as const;
    this.#recorder.say({ ...common, phase: 'invoke', final });
    try {
      const snapshot = await handle.refresh();
      this.#recorder.say({ ...common, phase: 'ok', ...standingOf(snapshot) });
      if (final && snapshot.known && snapshot.omitted === 0) this.#seeWhole(snapshot);
    } catch (error) {
      this.#recorder.say({ ...common, phase: 'info', code: errorCodeOf(error) });
    }
  }

  /** Never rejects. */
  async revoke(handle: AsyncResult, terminate: boolean): Promise<void> {
    const { id } = handle;
    const number = this.#recorder.next();
    const common = { kind: 'operation', op: 'revoke', number, id } as const;
    this.#recorder.say({ ...common, phase: 'invoke' });
    try {
      const verdict = await handle.revoke({ terminate, grace: 1 });
      this.#recorder.say({ ...common, phase: 'ok', verdict });
    } catch (error) {
      this.#recorder.say({ ...common, phase: 'info', code: errorCodeOf(error) });
    }
  }

  /** Reads its chunks to the end. One that is missing, or comes twice, is a gap. Never rejects. */
  async stream(handle: AsyncResult<unknown, unknown>, chunks: number): Promise<void> {
    let expected = 0;
    try {
      for await (const chunk of handle.stream()) {
        if (chunk !== expected) this.#gap(handle.id, expected, Number(chunk));
        expected += 1;
      }
      if (expected !== chunks && handle.state === 'SUCCESS') this.#gap(handle.id, expected, chunks);
    } catch {
      // It began anew, is not kept any more, or its task did not succeed: all of them said by an error.
    }
  }

  /** What is kept must be what everybody was told. */
  #seeWhole(snapshot: Snapshot): void {
    const lines = linesOf(snapshot);
    const { id } = snapshot;
    const body = bodyOf(snapshot);
    this.#recorder.say({ kind: 'seen', watcher: 'final', id, from: 0, lines, sequence: lines.length, body });
  }

  #gap(id: string, expected: number, got: number): void {
    this.#recorder.say({ kind: 'gap', id, expected, got });
  }
}

/** The code of what refused it, where that is told. */
export function errorCodeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof CeleriacError && error instanceof CeleriacError) return error.cause.code;
  return error instanceof CeleriacError ? error.code : error.name;
}

function linesOf({ history }: Snapshot): readonly TaskLine[] {
  return history.map(({ state, reason, at, attempt }) => [state, reason, at.getTime(), attempt]);
}

function standingOf(snapshot: Snapshot): ReadState {
  const { known, history, omitted, attempt } = snapshot;
  const state = plainState(snapshot.state);
  return { known, state, sequence: history.length + omitted, attempt, body: bodyOf(snapshot) };
}

function plainState(state: string): TaskState {
  return TASK_STATES.find((one) => one === state) ?? 'STARTED';
}

/** Which run made the value. */
function bodyOf({ state, result }: Snapshot): string | null {
  const made = state === 'SUCCESS' && typeof result === 'object' && result !== null && 'mark' in result;
  return made ? String(result.mark) : null;
}
