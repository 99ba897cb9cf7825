/** One child process that is kept alive until it is told to stop. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { restartDelay } from './restart-delay.ts';

const TETHER = fileURLToPath(new URL('tether.ts', import.meta.url));

export interface SupervisedProgram {
  /** How its lines and its end are announced. */
  readonly name: string;
  /** What Node is to run; asked anew for each start. */
  readonly argv: () => readonly string[];
  readonly env: () => Readonly<Record<string, string>>;
  /** Whether this line of its output says that it is ready. */
  readonly isReady: (line: string) => boolean;
}

export interface SupervisedEvents {
  /** For the first time, and again after each restart. */
  ready(line: string): void;
  /** It ended before it was ever ready; it is not started again. */
  failed(): void;
  /** It says something to its supervisor. */
  told?(message: unknown): void;
}

export class SupervisedChild {
  readonly #program: SupervisedProgram;
  readonly #events: SupervisedEvents;
  #process: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #wasReady = false;
  #quickEnds = 0;
  #stopping = false;

  constructor(program: SupervisedProgram, events: SupervisedEvents) {
    this.#program = program;
    this.#events = events;
  }

  start(): void {
    const startedAt = performance.now();
    const child = spawn(process.execPath, ['--import', TETHER, ...this.#program.argv()], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      env: { ...process.env, ...this.#program.env() },
      // A group of its own: the terminal's Ctrl-C reaches the supervisor alone, which then stops us in order.
      detached: process.platform !== 'win32',
    });
    this.#process = child;
    this.#listen(child);
    this.#ended = new Promise((resolve) => {
      child.once('error', () => resolve());
      child.once('exit', () => resolve());
    });
    void this.#ended.then(() => this.#onEnd(child, performance.now() - startedAt));
  }

  /** Asks it to stop. @returns when it has ended */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#process?.kill('SIGTERM');
    await this.#ended;
  }

  kill(): void {
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#process?.kill('SIGKILL');
  }

  /** As if it had died by itself: it is started again. */
  crash(): void {
    this.#process?.kill('SIGKILL');
  }

  #listen(child: ChildProcess): void {
    child.on('message', (message) => this.#events.told?.(message));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!this.#program.isReady(line)) return void process.stderr.write(`${this.#program.name}: ${line}\n`);
      this.#wasReady = true;
      this.#events.ready(line);
    });
  }

  #onEnd({ exitCode, signalCode }: ChildProcess, livedMs: number): void {
    this.#process = undefined;
    if (this.#stopping) return;
    if (!this.#wasReady) {
      this.#events.failed();
      return;
    }
    const { delayMs, quickEnds } = restartDelay(this.#quickEnds, livedMs);
    this.#quickEnds = quickEnds;
    const how = signalCode ?? `exit code ${exitCode}`;
    process.stderr.write(`The ${this.#program.name} ended (${how}); it restarts in ${delayMs / 1000} s.\n`);
    this.#timer = setTimeout(() => this.start(), delayMs);
  }
}
