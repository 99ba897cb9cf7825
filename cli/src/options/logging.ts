import { option } from '@celeriac/protocol/internal';
import { type Clock, systemClock } from '@celeriac/runtime';
import { type Logger, pino } from 'pino';
import sonicBoom from 'sonic-boom';
import type { Flag } from './flag.ts';

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Characters that may wait for a standard error that nothing reads; later lines are counted and dropped. */
const WAITING_LIMIT = 4 * 1024 * 1024;
/** How long an exit waits for the last lines to be read. */
const FLUSH_MS = 1_000;

/** @param level the default */
export function logLevelFlag(level: string): Flag<string> {
  return {
    flag: 'log-level',
    value: 'LEVEL',
    help: 'what is logged, as JSON lines on the standard error: fatal, error, warn, info, debug, trace or silent',
    default: level,
    read: option.oneOf(LEVELS),
  };
}

type Stream = InstanceType<typeof sonicBoom.SonicBoom>;

let standardError: Stream | undefined;

/** Writing a line never blocks, however slowly the lines are read: see {@link flushLogs}. */
export function makeLogger(name: string, level: string): Logger {
  standardError ??= openStandardError();
  return pino({ name, level }, standardError);
}

/** Resolves when all that was logged has been written, or after a second. */
export async function flushLogs(clock: Pick<Clock, 'after'> = systemClock): Promise<void> {
  const stream = standardError;
  if (stream === undefined) return;
  await new Promise<void>((resolve) => {
    const impatience = clock.after(FLUSH_MS, resolve, true);
    stream.flush(() => {
      impatience.cancel();
      resolve();
    });
  });
}

function openStandardError(): Stream {
  const stream = new sonicBoom.SonicBoom({ fd: 2, sync: false, minLength: 1, maxLength: WAITING_LIMIT });
  let lost = 0;
  stream.on('drop', () => {
    lost += 1;
  });
  stream.on('drain', () => {
    if (lost === 0) return;
    const line = {
      level: pino.levels.values['warn'],
      time: Date.now(),
      lost,
      msg: 'log lines were dropped: nothing read them in time',
    };
    lost = 0;
    stream.write(`${JSON.stringify(line)}\n`);
  });
  // The reader of the standard error has gone.
  stream.on('error', () => undefined);
  return stream;
}
