/** A worker as one process of a simulation: the real host, session, lease and outbox; the bodies are timers. */
import type { Assignment, Definition, Outcome } from '@celeriac/protocol/internal';
import type { MachinePlace } from '@celeriac/runtime';
import {
  FixedPrefetch,
  LifeEvents,
  type Pool,
  type PoolReports,
  type Run,
  type SessionSocket,
  type SocketListener,
  type StopReason,
  shutDown,
  TaskHost,
} from '@celeriac/worker/testing';
import { pino } from 'pino';
import type { HistoryRecorder } from '../history/history-recorder.ts';
import type { Chance } from './chance.ts';
import type { Dialled } from './network.ts';
import type { ProcessClock } from './process-clock.ts';
import type { ProcessEnv } from './process-env.ts';
import { type Body, readBody, SIMULATED_DEFINITIONS } from './simulated-workload.ts';

export interface SimulatedWorkerSettings {
  readonly name: string;
  readonly bootId: string;
  readonly place: MachinePlace;
  readonly concurrency: number;
  readonly prefetch: number;
}

export interface WorkerProcessEnv extends ProcessEnv {
  /** Ends this process at once, from inside. */
  readonly die: () => void;
}

const SILENT = pino({ level: 'silent' });
const HANDSHAKE_MS = 10_000;
const CLOSE_PATIENCE_MS = 30_000;
const SHUTDOWN_MS = 3_000;

export class WorkerProcess {
  readonly clock: ProcessClock;
  readonly #settings: SimulatedWorkerSettings;
  readonly #recorder: HistoryRecorder;
  readonly #chance: Chance;
  readonly #host: TaskHost;
  readonly #die: () => void;
  #up = false;
  #stopping = false;
  #running = 0;

  constructor(settings: SimulatedWorkerSettings, env: WorkerProcessEnv) {
    const { clock, recorder, chance, die } = env;
    this.#settings = settings;
    this.clock = clock;
    this.#recorder = recorder;
    this.#chance = chance;
    this.#die = die;
    const definitions = Object.entries(SIMULATED_DEFINITIONS).map(
      ([name, options]): Definition => ({ name, options, arity: null, params: null }),
    );
    const life = new LifeEvents(SILENT);
    life.on('ready', () => this.#say('up'));
    life.on('lost', () => this.#say('down'));
    this.#host = new TaskHost({
      ...settings,
      url: 'ws://simulated/worker',
      token: null,
      clock,
      random: chance.unit,
      log: SILENT,
      queues: ['default'],
      prefetch: new FixedPrefetch(settings.prefetch),
      handlerTimeoutMs: 0,
      registry: { tasks: new Map(), definitions, appOptions: {} },
      pool: this.#pool(),
      openSocket: (_, listener) => this.#open(env, listener),
      life,
      lagged: () => {},
      refused: () => true,
      shutdown: () => {},
    });
  }

  /** Whether no body runs, not even one that nobody waits for. */
  get idle(): boolean {
    return !this.clock.alive || this.#running === 0;
  }

  start(): void {
    this.#host.session.open();
  }

  kill(): void {
    this.#say('down');
    this.clock.kill();
  }

  /** SIGTERM. Resolves when it has left. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    await shutDown(this.#host, {
      clock: this.clock,
      log: SILENT,
      timeoutMs: SHUTDOWN_MS,
      hurry: new Promise(() => {}),
      closeApps: () => Promise.resolve(),
    });
    this.#say('down');
    this.clock.kill();
  }

  #say(phase: 'up' | 'down'): void {
    if (this.#up === (phase === 'up')) return;
    this.#up = phase === 'up';
    const { concurrency, prefetch } = this.#settings;
    this.#recorder.say({ kind: 'worker', phase, pool: 'inline', concurrency, prefetch });
  }

  #open({ network, route }: ProcessEnv, listener: SocketListener): SessionSocket {
    let over = false;
    const end = (code: number, reason: string): void => {
      if (over) return;
      over = true;
      listener.closed({ code, reason, refusal: undefined, choked: false });
    };
    const dialled: Dialled = network.dial(this.#settings.name, this.clock, route, HANDSHAKE_MS, {
      opened: () => over || listener.opened(),
      received: (frame) => {
        if (over) return;
        this.#overhear(String(frame));
        listener.received(String(frame));
      },
      closed: ({ code, reason }) => end(code, reason),
    });
    return {
      get backlog() {
        return 0;
      },
      write: (frames, whenWritten) => {
        if (over || dialled.end?.open !== true) return;
        for (const frame of frames) dialled.end.send(frame);
        whenWritten?.();
      },
      close: (code, reason) => dialled.end?.close({ code, reason }, CLOSE_PATIENCE_MS),
      terminate: (reason) => {
        dialled.terminate();
        end(1006, reason);
      },
    };
  }

  /** Verdicts on reports, as they come in. */
  #overhear(text: string): void {
    if (!text.startsWith('["acks"')) return;
    const [, acks] = JSON.parse(text) as [string, [string, 'applied' | 'duplicate' | 'stale' | 'unknown'][]];
    for (const [nonce, verdict] of acks) {
      const id = this.#ids.get(nonce);
      if (id !== undefined) this.#recorder.say({ kind: 'verdict', id, nonce, verdict });
    }
  }

  readonly #ids = new Map<string, string>();

  #pool(): Pool {
    return {
      kind: 'inline',
      rssBytes: 0,
      start: () => {},
      resize: () => {},
      stop: () => Promise.resolve(),
      kill: () => {},
      prepare: (assignment, reports) => this.#prepare(assignment, reports),
    };
  }

  #prepare(assignment: Assignment, reports: PoolReports): Run {
    const [nonce, id, attempt, , args, { retries }] = assignment;
    const body = readBody(args, retries, attempt);
    let over = false;
    let aborted = false;
    const end = (outcome: Outcome): void => {
      if (over) return;
      over = true;
      this.#running -= 1;
      const [kind] = outcome;
      this.#recorder.say({
        kind: 'run',
        phase: 'end',
        id,
        attempt,
        nonce,
        outcome: kind === 'rejected' && outcome[2] ? 'requeue' : (kind as 'success'),
        body: typeof outcome[1] === 'string' ? outcome[1] : null,
        aborted,
      });
      reports.settled(outcome, []);
    };
    return {
      enter: () => {
        // One that was entered in the same turn has ended the process.
        if (!this.clock.alive) return;
        this.#ids.set(nonce, id);
        this.#running += 1;
        this.#recorder.say({ kind: 'run', phase: 'begin', id, attempt, nonce });
        reports.began();
        if (body.poison) return this.#die();
        this.clock.after(body.ms / 2, () => {
          if (!over) this.#recorder.say({ kind: 'run', phase: 'effect', id, attempt, nonce });
        });
        this.clock.after(body.ms, () => end(outcomeOf(body, `${id} ${attempt} ${nonce}`)));
      },
      room: () => {},
      abort: (reason: StopReason) => {
        if (over) return;
        aborted = true;
        // A body may heed its signal, now or in a moment, or not at all.
        if (body.stubborn) return;
        const error = JSON.stringify({ name: 'Aborted', message: reason });
        this.clock.after(this.#chance.between(0, 20), () => end(['failure', error]));
      },
    };
  }
}

function outcomeOf({ ends, countdownMs }: Body, mark: string): Outcome {
  const value = JSON.stringify(mark);
  switch (ends) {
    case 'success':
      return ['success', value];
    case 'failure':
      return ['failure', value];
    case 'retry':
      return ['retry', value, value, countdownMs];
    case 'requeue':
      return ['rejected', value, true];
    case 'ignored':
      return ['ignored'];
  }
}
