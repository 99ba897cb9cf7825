/** What the workers run. Each body writes down by itself that it begins, has done its work, and ends. */
import { setTimeout as wait } from 'node:timers/promises';
import { Celeriac, Ignore, Reject, type TaskSelf } from '@celeriac/client';
import type { EntryOf } from '../../history/entry.ts';
import type { HistoryRecorder } from '../../history/history-recorder.ts';
import { openJournal } from '../journal.ts';
import { MachineClock } from '../machine-clock.ts';
import type { BodyScript, Value } from './body-script.ts';
import { NONCE_FIELD } from './lease-nonce.ts';

type Ending = (EntryOf<'run'> & { readonly phase: 'end' })['outcome'];

/** Threads of a pool load this file anew; they find in the environment whom they belong to. */
const NAME = process.env['CHAOS_WORKER'] ?? 'worker';
const JOURNAL = process.env['CHAOS_JOURNAL'];
const clock = new MachineClock();
const recorder = JOURNAL === undefined ? undefined : openJournal(NAME, JOURNAL, clock);

/** More than any script asks for. */
const RETRIES = 10;

export const app = new Celeriac();
app.task('work', { bind: true, maxRetries: RETRIES, throws: [RangeError] }, perform);
app.task('once', { bind: true, acksLate: false, maxRetries: RETRIES }, perform);
app.task('untracked', { bind: true, trackStarted: false, maxRetries: RETRIES }, perform);
/** Comes after another task, whose value stands before its own argument. */
app.task('after', { bind: true }, (self, before: Value, script: BodyScript) =>
  perform(self, { ...script, ballast: before.ballast }),
);

async function perform(self: TaskSelf<number>, script: BodyScript): Promise<Value> {
  const run = new RecordedRun(self, recorder);
  run.begin();
  if (script.poison) process.kill(process.pid, 'SIGKILL');
  spin(script.spinMs);
  try {
    await wait(script.ms / 2, undefined, script.stubborn ? {} : { signal: self.signal });
    run.effect();
    for (let chunk = 0; chunk < script.chunks; chunk++) await self.emit(chunk);
    await wait(script.ms / 2, undefined, script.stubborn ? {} : { signal: self.signal });
  } catch (error) {
    run.end('failure', null);
    throw error;
  }
  return conclude(self, script, run);
}

function conclude(self: TaskSelf<number>, script: BodyScript, run: RecordedRun): Value {
  const { attempt, retries } = self.request;
  if (retries < script.retries) {
    run.end('retry', null);
    self.retry({ countdown: script.retryMs / 1_000, exc: new Error(`try ${retries + 1}`) });
  }
  if (attempt - retries <= script.requeues) {
    run.end('requeue', null);
    throw new Reject('another time', { requeue: true });
  }
  switch (script.ends) {
    case 'success':
      run.end('success', run.mark);
      return { mark: run.mark, ballast: script.ballast };
    case 'ignored':
      run.end('ignored', null);
      throw new Ignore();
    case 'failure':
      run.end('failure', null);
      throw new RangeError(run.mark);
  }
}

class RecordedRun {
  readonly mark: string;
  readonly #of: { readonly id: string; readonly attempt: number; readonly nonce: string };
  readonly #signal: AbortSignal;
  readonly #recorder: HistoryRecorder | undefined;

  constructor({ request, signal }: TaskSelf<number>, journal: HistoryRecorder | undefined) {
    const { id, attempt, headers } = request;
    const nonce = String(headers[NONCE_FIELD]);
    this.#of = { id, attempt, nonce };
    this.mark = `${id} ${attempt} ${nonce}`;
    this.#signal = signal;
    this.#recorder = journal;
  }

  begin(): void {
    this.#recorder?.say({ kind: 'run', phase: 'begin', ...this.#of });
  }

  effect(): void {
    this.#recorder?.say({ kind: 'run', phase: 'effect', ...this.#of });
  }

  end(outcome: Ending, body: string | null): void {
    const { aborted } = this.#signal;
    this.#recorder?.say({ kind: 'run', phase: 'end', ...this.#of, outcome, body, aborted });
  }
}

function spin(ms: number): void {
  const until = clock.monotonic() + ms;
  while (clock.monotonic() < until);
}
