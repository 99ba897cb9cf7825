export type LineFacts = Readonly<Record<string, unknown>>;

/** Where lines of an execution go, as far as it is used of pino. */
export interface ExecutionLog {
  /** A log that adds these facts to each line. */
  child(facts: LineFacts): ExecutionLog;
  isLevelEnabled(level: 'info'): boolean;
  info(facts: LineFacts, message: string): void;
  warn(facts: LineFacts, message: string): void;
  error(facts: LineFacts, message: string): void;
}
