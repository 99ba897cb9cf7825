/** A program of the harness as a child process: started, told, struck by signals, and ended by its own handle. */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ToHarness } from './harness-messages.ts';

export interface ProgramEvents {
  readonly told: (told: ToHarness) => void;
  /** Exactly once. */
  readonly exited: (exit: ProcessExit) => void;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessSettings {
  /** What it prints is appended there. */
  readonly log: string;
  /** Each commit of its store takes so much longer. */
  readonly commitMs: number;
}

export class HarnessProcess {
  readonly exited: Promise<ProcessExit>;
  readonly #child: ChildProcess;
  #paused = false;

  constructor(name: string, place: object, { log, commitMs }: ProcessSettings, events: ProgramEvents) {
    const path = fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url));
    const output = openSync(log, 'a');
    const slow =
      commitMs > 0 ? ['--import', fileURLToPath(new URL('programs/slow-commits.ts', import.meta.url))] : [];
    this.#child = spawn(
      process.execPath,
      ['--conditions', 'celeriac-source', '--no-warnings', ...slow, path, JSON.stringify(place)],
      {
        stdio: ['ignore', output, output, 'ipc'],
        env: { ...process.env, CELERIAC_URL: undefined, CHAOS_COMMIT_MS: String(commitMs) },
      },
    );
    this.#child.on('message', (told) => events.told(told as ToHarness));
    // A message to one that has just died is lost, as it should be.
    this.#child.on('error', () => {});
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        events.exited({ code, signal });
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get paused(): boolean {
    return this.#paused;
  }

  tell(order: object): void {
    if (this.running && this.#child.connected) this.#child.send(order);
  }

  pause(): void {
    this.#paused = true;
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#paused = false;
    this.#child.kill('SIGCONT');
  }

  /** SIGTERM. */
  ask(): void {
    this.#child.kill('SIGTERM');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
