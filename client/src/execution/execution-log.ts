import { writeToConsole } from '../environment.ts';

export type LineFacts = Readonly<Record<string, unknown>>;
type WriteLine = (facts: LineFacts, message: string) => void;

/** Where lines of an execution go, as far as it is used of pino: a worker's log, or this process's console. */
export interface ExecutionLog {
  /** A log that adds these facts to each line. */
  child(facts: LineFacts): ExecutionLog;
  isLevelEnabled(level: 'info'): boolean;
  readonly info: WriteLine;
  readonly warn: WriteLine;
  readonly error: WriteLine;
}

/** The log of tasks that no worker runs. A line begins with the task's name, and has what is said with it. */
export function consoleLog(task: unknown): ExecutionLog {
  const at =
    (level: 'info' | 'warn' | 'error'): WriteLine =>
    (facts, message) =>
      writeToConsole(level, `${task}: ${message}`, ...(Object.keys(facts).length === 0 ? [] : [facts]));
  return {
    child: (facts) => consoleLog(facts['task'] ?? task),
    isLevelEnabled: () => true,
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
}
