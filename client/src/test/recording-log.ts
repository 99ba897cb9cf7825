import type { ExecutionLog, LineFacts } from '../execution/execution-log.ts';

/** Keeps its lines, with levels as pino numbers them. */
export class RecordingLog implements ExecutionLog {
  readonly #of: LineFacts;
  readonly #lines: LineFacts[];

  constructor(lines: LineFacts[], of: LineFacts = {}) {
    this.#lines = lines;
    this.#of = of;
  }

  child(facts: LineFacts): ExecutionLog {
    return new RecordingLog(this.#lines, { ...this.#of, ...facts });
  }

  isLevelEnabled(): boolean {
    return true;
  }

  info(facts: LineFacts, msg: string): void {
    this.#lines.push({ level: 30, ...this.#of, ...facts, msg });
  }

  warn(facts: LineFacts, msg: string): void {
    this.#lines.push({ level: 40, ...this.#of, ...facts, msg });
  }

  error(facts: LineFacts, msg: string): void {
    this.#lines.push({ level: 50, ...this.#of, ...facts, msg });
  }
}
