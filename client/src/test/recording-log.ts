import type { ExecutionLog, LineFacts } from '../execution/execution-log.ts';

/** Keeps its lines, with levels as pino numbers them. */
export function recordingLog(lines: LineFacts[], of: LineFacts = {}): ExecutionLog {
  const at = (level: number) => (facts: LineFacts, msg: string) =>
    void lines.push({ level, ...of, ...facts, msg });
  return {
    child: (facts) => recordingLog(lines, { ...of, ...facts }),
    isLevelEnabled: () => true,
    info: at(30),
    warn: at(40),
    error: at(50),
  };
}
