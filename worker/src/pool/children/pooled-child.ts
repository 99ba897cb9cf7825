/** One child of a pool, from its start to its end: starting → idle ⇄ busy → ending → gone. */
import type { OpenTransport } from '@celeriac/client/hosting';
import { type Clock, deadline, type Timer } from '@celeriac/runtime';
import { ChildTransports } from '../calls/child-transports.ts';
import type { ChildHandle, ChildMemory, ChildSetup, FromChild, SpawnChild } from '../child/child-messages.ts';
import type { ChildRun } from './child-run.ts';

/** Longer than it gives its task files itself: one that has not even said so by then never will. */
const START_TIMEOUT_MS = 60_000;
/** For what its bodies called to be confirmed; apps give up a little earlier themselves. */
const END_TIMEOUT_MS = 6_000;
/** A child that fell before it ran anything, this soon, has failed to start. */
const EARLY_MS = 10_000;

export type ChildState = 'starting' | 'idle' | 'busy' | 'ending' | 'gone';

export interface ChildKeeper {
  ready(child: PooledChild): void;
  /** Its run has ended, and it is idle again. */
  freed(child: PooledChild, memory: ChildMemory): void;
  /**
   * @param failed whether it never came to run anything
   * @param final whether another one would fail as well
   */
  gone(child: PooledChild, why: string, failed: boolean, final: boolean): void;
  line(child: PooledChild, text: string): void;
  /** For what its bodies call. */
  readonly openTransport: OpenTransport;
}

export class PooledChild {
  readonly #clock: Clock;
  readonly #keeper: ChildKeeper;
  readonly #handle: ChildHandle;
  readonly #transports: ChildTransports;
  readonly #bornAt: number;
  #state: ChildState = 'starting';
  #timer: Timer | undefined;
  #run: ChildRun | undefined;
  #runs = 0;
  #broken: string | undefined;
  #final = false;
  #memory: ChildMemory | undefined;

  constructor(spawn: SpawnChild, setup: ChildSetup, clock: Clock, keeper: ChildKeeper) {
    this.#clock = clock;
    this.#keeper = keeper;
    this.#bornAt = clock.monotonic();
    this.#handle = spawn({
      received: (message) => this.#received(message),
      ended: (why) => this.#ended(why),
    });
    this.#transports = new ChildTransports(keeper.openTransport, (message) =>
      this.#handle.post(['call', message]),
    );
    this.#timer = deadline(clock, START_TIMEOUT_MS, () => this.#break('did not load its task files in time'));
    this.#handle.post(['setup', setup]);
  }

  get state(): ChildState {
    return this.#state;
  }

  get label(): string {
    return this.#handle.label;
  }

  /** As it has measured itself last. */
  get memory(): ChildMemory | undefined {
    return this.#memory;
  }

  /** How many bodies it has begun. */
  get runs(): number {
    return this.#runs;
  }

  /** Gives a body to an idle child. */
  take(run: ChildRun, payloadLimit: number): void {
    this.#state = 'busy';
    this.#run = run;
    this.#runs += 1;
    this.#handle.post(['run', run.assignment, payloadLimit]);
    run.taken(this.#handle);
  }

  /** Lets it confirm what its bodies called, then ends it. */
  end(): void {
    if (this.#state === 'starting' || this.#state === 'busy') this.kill();
    if (this.#state !== 'idle') return;
    this.#state = 'ending';
    this.#timer = deadline(this.#clock, END_TIMEOUT_MS, () => this.kill());
    this.#handle.post(['end']);
  }

  kill(): void {
    this.#handle.kill();
  }

  #received(message: FromChild): void {
    switch (message[0]) {
      case 'ready':
        if (this.#state !== 'starting') return;
        this.#timer?.cancel();
        this.#memory = message[1];
        this.#state = 'idle';
        this.#keeper.ready(this);
        break;
      case 'broken':
        this.#break(message[1], message[2]);
        break;
      case 'progress':
        this.#run?.reports.progress(message[1], message[2]);
        break;
      case 'chunk':
        this.#run?.reports.emit(message[1]);
        break;
      case 'waits':
        this.#run?.reports.waits(message[1]);
        break;
      case 'entered':
        this.#run?.entered();
        break;
      case 'settled':
        this.#settled(message);
        break;
      case 'followed':
        this.#free(message[1])?.followed();
        break;
      case 'line':
        this.#keeper.line(this, message[1]);
        break;
      case 'call':
        this.#transports.receive(message[1]);
        break;
      case 'ended':
        this.kill();
        break;
    }
  }

  /** It is free before its outcome is reported: a listener may already want the slot. */
  #settled([, outcome, children, memory, follows = false]: Extract<
    FromChild,
    readonly ['settled', ...unknown[]]
  >): void {
    if (follows) this.#run?.settled(outcome, children, true);
    else this.#free(memory)?.settled(outcome, children, false);
  }

  /** @returns the run that had it, for the last time */
  #free(memory: ChildMemory): ChildRun | undefined {
    const run = this.#run;
    if (run === undefined || this.#state !== 'busy') return undefined;
    this.#run = undefined;
    this.#memory = memory;
    this.#state = 'idle';
    if (run.forced) this.kill();
    else this.#keeper.freed(this, memory);
    return run;
  }

  /** What floats in its task files may come to an end when they have loaded. */
  #break(why: string, final = false): void {
    if (this.#state !== 'starting' && !final) return;
    this.#broken = why;
    this.#final = final;
    this.kill();
  }

  #ended(why: string): void {
    if (this.#state === 'gone') return;
    const early = this.#state === 'starting' || this.#clock.monotonic() - this.#bornAt < EARLY_MS;
    const failed = this.#runs === 0 && this.#state !== 'ending' && early;
    this.#state = 'gone';
    this.#timer?.cancel();
    this.#transports.close();
    const run = this.#run;
    this.#run = undefined;
    this.#keeper.gone(this, this.#broken ?? why, failed || this.#final, this.#final);
    run?.died(why);
  }
}
