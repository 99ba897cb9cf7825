import { type ChildProcess, fork } from 'node:child_process';
import { childFlags, systemClock } from '@celeriac/runtime';
import type { Logger } from 'pino';
import { EXIT, type ExitCode } from '../output/exit.ts';
import { FileWatch } from './file-watch.ts';

/** Beyond what a worker gives its tasks, for the rest of its end. */
const END_MS = 5_000;

export interface WatchedSettings {
  /** The script that this process runs, and with which arguments. */
  readonly script: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Watched whatever becomes of the worker. */
  readonly file: string;
  readonly shutdownTimeoutMs: number;
  readonly log: Logger;
}

/**
 * A worker as a process of its own that is started anew when one of its files changes: what was loaded once stays loaded in a
 * process. The old one lets its tasks end first, as after any signal; one that cannot start waits for the next change.
 */
export class WatchedWorker {
  readonly #settings: WatchedSettings;
  readonly #watch: FileWatch;
  #child: ChildProcess | undefined;
  /** What follows the end of the present process. */
  #next: 'wait' | 'again' | 'end' = 'wait';
  #onEnd: ((exit: ExitCode) => void) | undefined;

  constructor(settings: WatchedSettings) {
    this.#settings = settings;
    this.#watch = new FileWatch(systemClock, () => this.#restart());
    this.#watch.add(settings.file);
  }

  /** Resolves when it was stopped, or told to shut down from afar. */
  run(): Promise<ExitCode> {
    this.#start();
    return new Promise((resolve) => {
      this.#onEnd = resolve;
    });
  }

  /** A second call gives back what still runs. */
  stop(): void {
    this.#next = 'end';
    if (this.#child === undefined) this.#end();
    else this.#child.kill('SIGTERM');
  }

  #start(): void {
    const { script, args, env } = this.#settings;
    this.#next = 'wait';
    // In a group of its own: a terminal's Ctrl-C comes to it through us, once.
    const child = fork(script, args, {
      env,
      execArgv: [...childFlags(process.execArgv)],
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child = child;
    child.on('message', (path) => {
      if (typeof path === 'string') this.#watch.add(path);
    });
    child.on('error', () => undefined);
    child.on('close', (code) => this.#closed(code));
  }

  #restart(): void {
    const { log, shutdownTimeoutMs } = this.#settings;
    if (this.#next !== 'wait') return;
    const child = this.#child;
    log.info('a file has changed, restarting the worker');
    if (child === undefined) {
      this.#start();
      return;
    }
    this.#next = 'again';
    child.kill('SIGTERM');
    const insist = systemClock.after(shutdownTimeoutMs + END_MS, () => child.kill('SIGKILL'));
    child.once('close', () => insist.cancel());
  }

  #closed(code: number | null): void {
    this.#child = undefined;
    if (this.#next === 'again') this.#start();
    else if (this.#next === 'end' || code === EXIT.ok) this.#end();
    else this.#settings.log.warn({ code }, 'the worker has ended, and restarts when a file changes');
  }

  #end(): void {
    this.#watch.close();
    this.#onEnd?.(EXIT.ok);
  }
}
