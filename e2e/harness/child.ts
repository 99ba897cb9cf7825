import { type ChildProcess, spawn } from 'node:child_process';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Waiter {
  readonly pattern: RegExp;
  readonly resolve: (line: string) => void;
}

/** No line is worth waiting for longer than this. */
const LINE_LIMIT_MS = 60_000;

/** A spawned process: its lines can be awaited, and it is ended by its handle, never by name. */
export class Child {
  readonly exited: Promise<Exit>;
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #what: string;
  readonly #waiters = new Set<Waiter>();
  #errors = '';

  constructor(
    command: string,
    args: readonly string[],
    options: {
      readonly cwd: string;
      readonly env?: Readonly<Record<string, string>>;
      /** With all that it starts in a process group of its own, as a terminal or a supervisor runs it. */
      readonly group?: boolean;
    },
  ) {
    this.#what = [command, ...args].join(' ');
    this.#process = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, CELERIAC_URL: undefined, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: options.group ?? false,
    });
    this.exited = new Promise((resolve, reject) => {
      this.#process.once('error', reject);
      this.#process.once('close', (code, signal) => resolve({ code, signal }));
    });
    this.#process.stdout?.setEncoding('utf8').on(
      'data',
      splitLines((line) => this.#hear(line)),
    );
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  get errors(): string {
    return this.#errors;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** The first line, past or future, that matches. */
  async line(pattern: RegExp): Promise<string> {
    const past = this.lines.find((line) => pattern.test(line));
    if (past !== undefined) return past;
    let waiter: Waiter | undefined;
    const found = new Promise<string>((resolve) => {
      waiter = { pattern, resolve };
      this.#waiters.add(waiter);
    });
    const ended = this.exited.then(({ code, signal }) =>
      this.#fail(`ended (${code ?? signal}) before a line ${pattern}`),
    );
    const late = limit(LINE_LIMIT_MS, () =>
      this.#fail(`printed no line ${pattern} within ${LINE_LIMIT_MS} ms`),
    );
    try {
      return await Promise.race([found, ended, late.promise]);
    } finally {
      late.cancel();
      if (waiter !== undefined) this.#waiters.delete(waiter);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** To it and to all that it has started; it was given a `group`. */
  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }

  async kill(): Promise<void> {
    if (this.running) this.#process.kill('SIGKILL');
    await this.exited;
  }

  /** Asks it to end, and insists after half a minute. */
  async stop(): Promise<Exit> {
    if (this.running) this.#process.kill('SIGTERM');
    const late = limit(30_000, () => this.#process.kill('SIGKILL'));
    const exit = await this.exited;
    late.cancel();
    return exit;
  }

  #hear(line: string): void {
    this.lines.push(line);
    for (const waiter of this.#waiters) if (waiter.pattern.test(line)) waiter.resolve(line);
  }

  #fail(why: string): never {
    throw new Error(
      `'${this.#what}' ${why}\n--- stdout\n${this.lines.join('\n')}\n--- stderr\n${this.#errors}`,
    );
  }
}

function splitLines(take: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  };
}

/** A bound on a wait. */
export function limit(ms: number, late: () => unknown): { readonly promise: Promise<never>; cancel(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const promise = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      try {
        late();
        reject(new Error(`gave up after ${ms} ms`));
      } catch (error) {
        reject(error);
      }
    }, ms);
  });
  promise.catch(() => undefined);
  return { promise, cancel: () => clearTimeout(timer) };
}
