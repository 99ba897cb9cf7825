/** Callers of one client: each makes a call, perhaps waits for it, thinks, and makes the next one. */
import { type AsyncResult, type Celeriac, NotAcceptedError } from '@celeriac/client';
import type { Clock } from '@celeriac/runtime';
import type { CallEntry } from '../../history/entry.ts';
import type { HistoryRecorder } from '../../history/history-recorder.ts';
import type { Chance } from '../../simulation/chance.ts';
import { sleep } from '../machine-clock.ts';
import { errorCodeOf, type HandleLog } from './handle-log.ts';
import { BALLAST, type CallWishes, type Planned, planCall, type SubmitOptions } from './workload.ts';

/** What a task may be lost with. */
const MAX_DELIVERIES = 3;
/** A caller that waits for its call does so for as long. */
const PATIENCE_MS = 3_000;

export interface CallerParts {
  readonly app: Celeriac;
  readonly log: HandleLog;
  readonly recorder: HistoryRecorder;
  readonly chance: Chance;
  /** By which the moments of calls are judged: nothing strikes it. */
  readonly clock: Pick<Clock, 'now'>;
  readonly wanted: CallWishes;
  /** Told of tasks that others may meddle with. */
  readonly onMade: (id: string) => void;
}

export class Callers {
  readonly #parts: CallerParts;
  readonly #prefix: string;
  #calls = 0;
  #over = false;

  /** @param prefix of ids, unique among all clients and their lives */
  constructor(parts: CallerParts, prefix: string) {
    this.#parts = parts;
    this.#prefix = prefix;
  }

  finish(): void {
    this.#over = true;
  }

  /** @param everyMs how long a caller takes for a call that nothing holds up */
  async run(callers: number, everyMs: number): Promise<void> {
    await Promise.all(Array.from({ length: callers }, () => this.#call(everyMs)));
  }

  /** Again, under the same id. */
  repeat(id: string, content: string): void {
    const [name, script, options] = JSON.parse(content) as [string, Planned['script'], SubmitOptions];
    const ballast = script.ballast === '' ? '' : BALLAST;
    void this.#submit(id, { name, script: { ...script, ballast }, options });
  }

  async #call(everyMs: number): Promise<void> {
    const { chance, wanted } = this.#parts;
    await sleep(everyMs * chance.unit());
    while (!this.#over) {
      const thought = sleep(everyMs * (0.5 + chance.unit()));
      this.#calls += 1;
      const id = `${this.#prefix}.${this.#calls}`;
      const planned = planCall(chance, id, wanted);
      const followed = this.#submit(id, planned);
      this.#meddle(id, planned, followed);
      if (chance.happens(0.4)) await Promise.race([followed, sleep(PATIENCE_MS)]);
      await thought;
    }
  }

  /** What callers do besides: call twice, call something else under the same id, look, revoke. */
  #meddle(id: string, planned: Planned, followed: Promise<void>): void {
    const { app, log, chance, onMade } = this.#parts;
    if (chance.happens(0.02)) void this.#submit(id, planned);
    // What has ended is not begun again either.
    if (chance.happens(0.01)) void followed.then(() => this.#submit(id, planned));
    if (chance.happens(0.005))
      void this.#submit(id, { ...planned, script: { ...planned.script, ms: 1_234 } });
    if (chance.happens(0.04)) onMade(id);
    if (chance.happens(0.03)) void log.read(app.AsyncResult(id), false);
    if (chance.happens(0.03)) {
      const [afterMs, terminate] = [chance.between(0, 2_000), chance.happens(0.2)];
      void sleep(afterMs).then(() => log.revoke(app.AsyncResult(id), terminate));
    }
  }

  /** @returns when its handle has settled */
  #submit(id: string, { name, script, options }: Planned): Promise<void> {
    const { app, log, recorder, clock } = this.#parts;
    const number = recorder.next();
    const common = { kind: 'operation', op: 'submit', number, id } as const;
    recorder.say({ ...common, phase: 'invoke', call: describeCall(name, script, options, clock.now()) });
    const handle = app.sendTask(name, [script], { ...options, taskId: id });
    handle.accepted.then(
      () => recorder.say({ ...common, phase: 'ok' }),
      (error: unknown) => recorder.say({ ...common, ...failureOf(error) }),
    );
    if (script.chunks > 0) void log.stream(handle, script.chunks);
    return log.follow(handle as AsyncResult);
  }
}

function describeCall(
  name: string,
  script: Planned['script'],
  options: SubmitOptions,
  now: number,
): CallEntry {
  const { countdown, expires, link } = options;
  // What nobody looks at need not be written down; it is the same for all that have some.
  const content = JSON.stringify([name, { ...script, ballast: script.ballast.slice(0, 1) }, options]);
  return {
    name,
    content,
    dueAt: countdown === undefined ? null : now + countdown * 1_000,
    expiresAt: expires === undefined ? null : now + expires * 1_000,
    once: name === 'once',
    maxDeliveries: MAX_DELIVERIES,
    poison: script.poison,
    links: link === undefined ? [] : [link.options.taskId],
  };
}

/** Only what the gateway has refused, or never saw, is surely not done. */
function failureOf(error: unknown): { readonly phase: 'fail' | 'info'; readonly code: string } {
  const unsure = !(error instanceof Error) || error.name === 'ClosedError';
  const indeterminate = error instanceof NotAcceptedError ? error.indeterminate : unsure;
  return { phase: indeterminate ? 'info' : 'fail', code: errorCodeOf(error) };
}
