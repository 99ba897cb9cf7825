import { OptionError, show } from '@celeriac/protocol';
import { type Logger, pino } from 'pino';
import type { Flag } from './flag.ts';

const LEVELS: readonly string[] = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** @param level the default */
export function logLevelFlag(level: string): Flag<string> {
  return {
    flag: 'log-level',
    value: 'LEVEL',
    help: 'what is logged, as JSON lines on the standard error: fatal, error, warn, info, debug, trace or silent',
    default: level,
    parse: readLevel,
  };
}

/** Written at once, so that the last line before an exit is not lost. */
export function makeLogger(name: string, level: string): Logger {
  return pino({ name, level }, pino.destination({ dest: 2, sync: true }));
}

function readLevel(given: unknown, flag: string): string {
  if (typeof given === 'string' && LEVELS.includes(given)) return given;
  throw new OptionError(flag, `expected --${flag} to be one of ${LEVELS.join(', ')}, got: ${show(given)}`);
}
