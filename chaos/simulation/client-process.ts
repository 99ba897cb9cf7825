/**
 * A client as one process of a simulation: the real connection, outbox, watches and records, and callers that write down
 * what they learn.
 */
import { Connection, historyLines, TaskRecord } from '@celeriac/client/testing';
import { isTerminal, type WirePayload } from '@celeriac/protocol/internal';
import type { TaskLine } from '../history/entry.ts';
import { GapWatch } from '../history/gap-watch.ts';
import type { HistoryRecorder } from '../history/history-recorder.ts';
import type { ProcessClock } from './process-clock.ts';
import type { ProcessEnv } from './process-env.ts';
import { SimulatedTransport } from './simulated-transport.ts';
import type { PlannedCall } from './simulated-workload.ts';
import { STARTS_AT } from './time.ts';

const ACCEPT_TIMEOUT_MS = 30_000;
const GIVE_UP_MS = 300_000;

export class ClientProcess {
  readonly clock: ProcessClock;
  readonly #recorder: HistoryRecorder;
  readonly #connection: Connection;
  /** Handles that have not settled. */
  #open = 0;

  constructor(name: string, env: ProcessEnv) {
    const { clock, recorder, chance } = env;
    this.clock = clock;
    this.#recorder = recorder;
    this.#connection = new Connection({
      openTransport: (events) => new SimulatedTransport(name, env, new GapWatch(events, recorder)),
      clock,
      random: chance.unit,
      acceptTimeoutMs: ACCEPT_TIMEOUT_MS,
      giveUpAfterMs: GIVE_UP_MS,
      definitionOf: () => undefined,
    });
  }

  /** Whether every handle has settled. */
  get idle(): boolean {
    return this.#open === 0;
  }

  kill(): void {
    this.clock.kill();
  }

  /** Somebody uses it: at once, or when it wakes up. */
  ask(use: (client: ClientProcess) => void): void {
    this.clock.input(() => use(this));
  }

  call({ id, name, args, options, facts, etaMs }: PlannedCall): void {
    const number = this.#recorder.next();
    // By a right clock, whatever this client's says.
    const now = STARTS_AT + this.clock.monotonic();
    const dueAt = etaMs === null ? null : now + etaMs;
    const expiresAt = options?.expiresMs == null ? null : now + options.expiresMs;
    const call = { ...facts, dueAt, expiresAt };
    this.#recorder.say({ kind: 'operation', op: 'submit', phase: 'invoke', number, id, call });
    const record = new TaskRecord(id, name, 'unconfirmed', this.#connection.hold);
    let answered = false;
    const answer = (): void => {
      if (answered || record.standing === 'unconfirmed') return;
      answered = true;
      const { failure } = record;
      const common = { kind: 'operation', op: 'submit', number, id } as const;
      if (failure === undefined) this.#recorder.say({ ...common, phase: 'ok' });
      else {
        const { phase, code } = failureOf(failure);
        this.#recorder.say({ ...common, phase, code });
      }
    };
    this.#follow(record, answer);
    this.#connection.submit({ id, name, args, options }, record);
  }

  watch(id: string): void {
    const record = new TaskRecord(id, null, 'foreign', this.#connection.hold);
    this.#follow(record, () => {});
    this.#connection.watch(record);
  }

  revoke(id: string, terminate: boolean): void {
    const number = this.#recorder.next();
    const common = { kind: 'operation', op: 'revoke', number, id } as const;
    this.#recorder.say({ ...common, phase: 'invoke' });
    this.#connection.revoke(id, terminate, 1_000).then(
      (verdict) => this.#recorder.say({ ...common, phase: 'ok', verdict }),
      (error: unknown) => this.#recorder.say({ ...common, phase: 'info', code: codeOf(error) }),
    );
  }

  async read(id: string, final: boolean): Promise<void> {
    const number = this.#recorder.next();
    const common = { kind: 'operation', op: 'read', number, id } as const;
    this.#recorder.say({ ...common, phase: 'invoke', final });
    const record = new TaskRecord(id, null, 'foreign', this.#connection.hold);
    try {
      await this.#connection.refresh(record);
      const { known, state, sequence, attempt, body } = record.facts;
      const standing = { known, state, sequence, attempt, body: textOf(body) };
      this.#recorder.say({ ...common, phase: 'ok', ...standing });
    } catch (error) {
      this.#recorder.say({ ...common, phase: 'info', code: codeOf(error) });
    }
  }

  /** Writes down all that a handle learns, until it has settled. */
  #follow(record: TaskRecord, onChange: () => void): void {
    const number = this.#recorder.next();
    const watcher = `h${number}`;
    const { id } = record;
    this.#recorder.say({ kind: 'operation', op: 'follow', phase: 'invoke', number, id });
    this.#open += 1;
    let told = 0;
    record.subscribe((change) => {
      onChange();
      const { facts, failure } = record;
      if (facts.sequence > told || change === 'state') {
        const lines = historyLines(facts).map(
          ([state, reason, at, attempt]): TaskLine => [state, reason, at, attempt],
        );
        const from = Math.min(told, lines.length);
        const { sequence } = facts;
        const body = textOf(facts.body);
        this.#recorder.say({ kind: 'seen', watcher, id, from, lines: lines.slice(from), sequence, body });
        told = sequence;
      }
      if (!record.settled) return;
      this.#open -= 1;
      const common = { kind: 'operation', op: 'follow', number, id } as const;
      if (isTerminal(facts.state)) this.#recorder.say({ ...common, phase: 'ok', state: facts.state });
      else this.#recorder.say({ ...common, phase: 'fail', code: codeOf(failure) });
    });
  }
}

function failureOf(failure: Error): { readonly phase: 'fail' | 'info'; readonly code: string } {
  const code = codeOf(failure);
  const surely = 'indeterminate' in failure ? failure.indeterminate !== true : true;
  return { phase: surely ? 'fail' : 'info', code };
}

function codeOf(error: unknown): string {
  if (error instanceof Error) return 'code' in error ? String(error.code) : error.name;
  return String(error);
}

function textOf(body: WirePayload | null): string | null {
  return typeof body === 'string' || body === null ? body : body[1];
}
