import type { Outcome } from '@celeriac/protocol/internal';
import { ManualClock } from '@celeriac/runtime/testing';
import { pino } from 'pino';
import type { ChildEvents, ChildHandle, FromChild, ToChild } from '../src/pool/child/child-messages.ts';
import { ChildPool, type ChildPoolSettings } from '../src/pool/children/child-pool.ts';
import type { Follow, Run } from '../src/pool/pool.ts';
import { assignment } from './assignment.ts';

/** A child that does what a test says. */
export class HandMade implements ChildHandle {
  readonly label: string;
  readonly got: ToChild[] = [];
  killed = false;
  readonly #events: ChildEvents;

  constructor(number: number, events: ChildEvents) {
    this.label = `child ${number}`;
    this.#events = events;
  }

  post(message: ToChild): void {
    this.got.push(message);
  }

  kill(): void {
    this.killed = true;
  }

  says(message: FromChild): this {
    this.#events.received(message);
    return this;
  }

  settles(memory = { rss: 0, heap: 0 }): void {
    this.says(['settled', ['success', '1'], [], memory]);
  }

  /** Its body has ended, and handlers are to hear of it. */
  settlesBeforeHandlers(): void {
    this.says(['settled', ['success', '1'], [], { rss: 0, heap: 0 }, true]);
  }

  ends(why = 'ended (signal SIGKILL)'): void {
    this.#events.ended(why);
  }

  get runs(): number {
    return this.got.filter(([kind]) => kind === 'run').length;
  }
}

/** A pool of hand-made children, on a manual clock. */
export class TestChildren {
  readonly clock = new ManualClock();
  /** In the order of their making. */
  readonly children: HandMade[] = [];
  /** What was logged. */
  readonly lines: Readonly<Record<string, unknown>>[] = [];
  /** Why the pool has given up. */
  readonly broken: string[] = [];
  /** How often the pool has said that it is ready. */
  ready = 0;
  /** How to let the handlers of the run that settled last be called, where it has some. */
  follow: Follow | undefined;
  /** What became of each run. */
  readonly told: string[] = [];

  open(given: Partial<ChildPoolSettings> = {}): ChildPool {
    const pool = new ChildPool({
      kind: 'processes',
      spawn: (events) => {
        const child = new HandMade(this.children.length, events);
        this.children.push(child);
        return child;
      },
      setup: {
        files: ['file:///tasks.ts'],
        gateway: 'http://127.0.0.1:9',
        worker: 'w',
        logLevel: 'info',
        handlerTimeoutMs: 0,
      },
      size: 1,
      maxTasks: undefined,
      maxMemory: undefined,
      measure: 'rss',
      clock: this.clock,
      log: pino({ base: null }, { write: (line) => void this.lines.push(JSON.parse(line)) }),
      payloadLimit: () => 7,
      openTransport: () => {
        throw new Error('nobody calls');
      },
      broken: (why) => void this.broken.push(why),
      ...given,
    });
    pool.start(() => {
      this.ready += 1;
    });
    return pool;
  }

  enter(pool: ChildPool, name = 'work'): Run {
    const run = pool.prepare(assignment(name), {
      began: () => void this.told.push(`${name} began`),
      progress: () => undefined,
      emit: () => undefined,
      waits: () => undefined,
      entered: () => void this.told.push(`${name} entered`),
      settled: ([kind, why]: Outcome, _: readonly string[], follow?: Follow) => {
        this.told.push(`${name} ${kind}${kind === 'lost' ? ` ${why}` : ''}`);
        this.follow = follow;
      },
      followed: (cut?: string) =>
        void this.told.push(`${name} followed${cut === undefined ? '' : `: ${cut}`}`),
    });
    run.enter();
    return run;
  }

  child(position: number): HandMade {
    const found = this.children[position];
    if (found === undefined) throw new Error(`there are ${this.children.length} children`);
    return found;
  }
}
