import type { Logger } from 'pino';

const METHODS: Readonly<Record<number, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** Writes a line of a child's log, as pino made it there, into the worker's: same level, same fields, and the child's name. */
export function logLine(log: Logger, child: string, text: string): void {
  const line = parse(text);
  if (line === undefined) return;
  const { level, msg, ...fields } = line;
  const method = METHODS[Number(level)] ?? 'info';
  log[method]({ ...fields, child }, typeof msg === 'string' ? msg : '');
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === 'object' && line !== null ? { ...line } : undefined;
  } catch {
    return undefined;
  }
}
