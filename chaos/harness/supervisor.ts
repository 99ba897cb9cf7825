/** One process of the system under test, which is there again whenever it has died. */
import { join } from 'node:path';
import type { ToHarness } from './harness-messages.ts';
import { HarnessProcess, type ProcessExit } from './harness-process.ts';

export interface Supervised {
  readonly name: string;
  readonly program: 'gateway' | 'worker' | 'client';
  /** @param life counts its starts from 0 */
  readonly place: (life: number) => object;
  /** Of a gateway: each commit takes so much longer. */
  readonly commitMs?: number;
  readonly told: (told: ToHarness, by: Supervisor) => void;
  /** It has died, and nobody has struck it. */
  readonly died: (exit: ProcessExit, by: Supervisor) => void;
}

export class Supervisor {
  readonly #of: Supervised;
  readonly #folder: string;
  #program: HarnessProcess | undefined;
  #life = 0;
  #expected = false;
  #isReady = false;
  #ready: () => void = () => {};

  constructor(of: Supervised, folder: string) {
    this.#of = of;
    this.#folder = folder;
  }

  get name(): string {
    return this.#of.name;
  }

  get program(): HarnessProcess | undefined {
    return this.#program;
  }

  /** Whether it is ready, and nothing holds it. */
  get well(): boolean {
    return this.#isReady && this.#program?.running === true && !this.#program.paused && !this.#expected;
  }

  /** Resolves when it is ready, or has died before. */
  async start(): Promise<void> {
    if (this.#program?.running === true) return;
    this.#expected = false;
    this.#isReady = false;
    const ready = new Promise<void>((resolve) => {
      this.#ready = resolve;
    });
    const { name, program, place, commitMs = 0 } = this.#of;
    const started = new HarnessProcess(
      program,
      place(this.#life),
      { log: join(this.#folder, `${name}.log`), commitMs },
      {
        told: (told) => {
          if (told.kind === 'ready') {
            this.#isReady = true;
            this.#ready();
          }
          this.#of.told(told, this);
        },
        exited: (exit) => {
          if (!this.#expected) this.#of.died(exit, this);
        },
      },
    );
    this.#life += 1;
    this.#program = started;
    await Promise.race([ready, started.exited]);
  }

  /** Resolves when it is dead. */
  async kill(): Promise<void> {
    this.#expected = true;
    this.#program?.kill();
    await this.#program?.exited;
  }

  /** SIGTERM. Resolves when it has left. */
  async ask(): Promise<ProcessExit | undefined> {
    this.#expected = true;
    this.#program?.ask();
    return this.#program?.exited;
  }
}
