import { writeToConsole } from '../environment.ts';

export type LineFacts = Readonly<Record<string, unknown>>;

/** Where lines of an execution go, as far as it is used of pino: a worker's log, or this process's console. */
export interface ExecutionLog {
  /** A log that adds these facts to each line. */
  child(facts: LineFacts): ExecutionLog;
  isLevelEnabled(level: 'info'): boolean;
  info(facts: LineFacts, message: string): void;
  warn(facts: LineFacts, message: string): void;
  error(facts: LineFacts, message: string): void;
}

/** The log of tasks that no worker runs. A line begins with the task's name. */
export class ConsoleLog implements ExecutionLog {
  readonly #of: LineFacts;

  constructor(of: LineFacts = {}) {
    this.#of = of;
  }

  child(facts: LineFacts): ExecutionLog {
    return new ConsoleLog({ ...this.#of, ...facts });
  }

  isLevelEnabled(): boolean {
    return true;
  }

  info(facts: LineFacts, message: string): void {
    this.#write('info', facts, message);
  }

  warn(facts: LineFacts, message: string): void {
    this.#write('warn', facts, message);
  }

  error(facts: LineFacts, message: string): void {
    this.#write('error', facts, message);
  }

  #write(level: 'info' | 'warn' | 'error', facts: LineFacts, message: string): void {
    const shown = Object.keys(facts).length === 0 ? [] : [facts];
    writeToConsole(level, `${this.#of['task']}: ${message}`, ...shown);
  }
}
