import type { Clock, Timer } from '@celeriac/runtime';
import type { Time } from './time.ts';

/** What a process waits for: its timers, and what comes in from outside. */
type Arrival = 'timer' | 'input';

/** A process's clock. It stops with the process; one that is paused does late what it missed, as after SIGSTOP. */
export class ProcessClock implements Clock {
  readonly #time: Time;
  readonly #timersFirst: () => boolean;
  #wallOffset: number;
  #alive = true;
  #paused = false;
  readonly #onKill: (() => void)[] = [];
  readonly #late: { readonly what: Arrival; readonly callback: () => void }[] = [];

  /** @param timersFirst whether a process that wakes up sees to its timers or to its sockets first: either is lawful */
  constructor(time: Time, wallOffset: number, timersFirst: () => boolean) {
    this.#time = time;
    this.#wallOffset = wallOffset;
    this.#timersFirst = timersFirst;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get wallOffset(): number {
    return this.#wallOffset;
  }

  now(): number {
    return this.#wallOffset + this.#time.now;
  }

  monotonic(): number {
    return this.#time.now;
  }

  after(delayMs: number, callback: () => void): Timer {
    let cancelled = false;
    const timer = this.#time.after(delayMs, () => this.#happen('timer', () => cancelled || callback()));
    return {
      cancel: () => {
        cancelled = true;
        timer.cancel();
      },
    };
  }

  soon(callback: () => void): void {
    this.after(0, callback);
  }

  /** Something comes in from outside; for one that is paused when it wakes up. */
  input(callback: () => void): void {
    this.#happen('input', callback);
  }

  jumpWall(ms: number): void {
    this.#wallOffset += ms;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    const late = this.#late.splice(0);
    const first: Arrival = this.#timersFirst() ? 'timer' : 'input';
    const ordered = [
      ...late.filter(({ what }) => what === first),
      ...late.filter(({ what }) => what !== first),
    ];
    for (const { what, callback } of ordered) this.#time.after(0, () => this.#happen(what, callback));
  }

  /** What the kernel does when the process is gone. */
  onKill(act: () => void): void {
    this.#onKill.push(act);
  }

  /** Nothing more happens in this process. */
  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#late.length = 0;
    for (const act of this.#onKill.splice(0)) act();
  }

  #happen(what: Arrival, callback: () => void): void {
    if (!this.#alive) return;
    if (this.#paused) this.#late.push({ what, callback });
    else callback();
  }
}
