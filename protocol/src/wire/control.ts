/**
 * What an operator changes while everything runs. A command is a positional array that begins with its name; another
 * one is a member of {@link ControlItem}, a case of its guard, and a case of the gateway's controller.
 */
import { MAX_DURATION_MS } from '../duration.ts';
import {
  CONCURRENCY_LIMIT,
  FILE_NAME_LENGTH,
  QUEUE_NAME_LENGTH,
  TASK_ID_LENGTH,
  TASK_NAME_LENGTH,
  TOKEN_NAME_LENGTH,
  WORKER_CAPACITY,
} from '../limits.ts';
import { MAX_PER_HOUR, MIN_PER_HOUR } from '../rate.ts';
import { expected, readInteger, readList, readObject, readText } from './guard.ts';

/** A number, `null` for no limit, or what the task's definition says. */
export type Setting = number | null | 'default';

/** A bare one is per key where the task has a `concurrencyKey`, else per task. */
export type ConcurrencySetting = Setting | { readonly task?: Setting; readonly key?: Setting };

export type ControlItem =
  | readonly [command: 'rateLimit', task: string, perHour: Setting]
  | readonly [command: 'concurrencyLimit', task: string, limit: ConcurrencySetting]
  /** Hands out nothing of a queue until it is resumed; what workers have stays theirs. */
  | readonly [command: 'pauseQueue' | 'resumeQueue', queue: string]
  /** Revokes what waits in a queue. */
  | readonly [command: 'purge', queue: string]
  /** Calls a task again, with what it was called with, under this id. */
  | readonly [command: 'retry', id: string, newId: string]
  | readonly [command: 'drain' | 'resume' | 'shutdown', worker: string]
  | readonly [command: 'concurrency', worker: string, slots: number]
  /**
   * Takes a token's rights away: of the one with this `jti`, or of all that were issued up to now for this `sub`. May be
   * forgotten after `keepMs`, when they have ended by themselves; `null` leaves that to the gateway.
   */
  | readonly [command: 'revokeToken', by: TokenClaim, name: string, keepMs: number | null]
  /** Copies the store into a file on the gateway's machine. */
  | readonly [command: 'backup', file: string];

/** What tells whose a token is (`sub`), or which one it is (`jti`). */
export type TokenClaim = 'jti' | 'sub';

/** What holds for a task from now on; `null` is no limit. */
export interface TaskLimits {
  /** Runs per hour. */
  readonly ratePerHour: number | null;
  /** Runs at the same time. */
  readonly taskLimit: number | null;
  /** Runs at the same time for each key; `null` also where the task has no key. */
  readonly keyLimit: number | null;
}

/** A copy of the store. */
export interface BackupMade {
  /** Where it is, on the gateway's machine. */
  readonly path: string;
  readonly bytes: number;
}

/** What each command is answered with. */
export interface ControlReplies {
  readonly rateLimit: TaskLimits;
  readonly concurrencyLimit: TaskLimits;
  /** How many tasks wait in the queue. */
  readonly pauseQueue: number;
  readonly resumeQueue: number;
  /** How many tasks were revoked. */
  readonly purge: number;
  /** The new task's id. */
  readonly retry: string;
  /** How many worker processes of this name were told; each does it when it hears of it. */
  readonly drain: number;
  readonly resume: number;
  readonly shutdown: number;
  readonly concurrency: number;
  /** How many connections were closed. */
  readonly revokeToken: number;
  readonly backup: BackupMade;
}
export type ControlReply = ControlReplies[ControlItem[0]];

/** Commands in one frame. */
const CONTROL_ITEMS = 100;
const WORKER_NAME_LENGTH = 255;

export function readControl(value: unknown): readonly ControlItem[] {
  return readList(value, 'control', CONTROL_ITEMS).map(readItem);
}

function readItem(value: unknown): ControlItem {
  const [command, task, setting, more] = readList(value, 'control[]', 4);
  switch (command) {
    case 'rateLimit':
      return [command, readText(task, 'control.task', TASK_NAME_LENGTH), readSetting(setting, readPerHour)];
    case 'concurrencyLimit':
      return [command, readText(task, 'control.task', TASK_NAME_LENGTH), readConcurrency(setting)];
    case 'pauseQueue':
    case 'resumeQueue':
    case 'purge':
      return [command, readText(task, 'control.queue', QUEUE_NAME_LENGTH)];
    case 'retry':
      return [
        command,
        readText(task, 'control.id', TASK_ID_LENGTH),
        readText(setting, 'control.newId', TASK_ID_LENGTH),
      ];
    case 'drain':
    case 'resume':
    case 'shutdown':
      return [command, readText(task, 'control.worker', WORKER_NAME_LENGTH)];
    case 'concurrency':
      return [
        command,
        readText(task, 'control.worker', WORKER_NAME_LENGTH),
        readInteger(setting, 'control.slots', 1, WORKER_CAPACITY),
      ];
    case 'revokeToken':
      return [
        command,
        readTokenClaim(task),
        readText(setting, 'control.name', TOKEN_NAME_LENGTH),
        more == null ? null : readInteger(more, 'control.keepMs', 0, MAX_DURATION_MS),
      ];
    case 'backup':
      return [command, readText(task, 'control.file', FILE_NAME_LENGTH)];
    default:
      throw expected('a known command', 'control[0]', command);
  }
}

function readTokenClaim(value: unknown): TokenClaim {
  if (value === 'jti' || value === 'sub') return value;
  throw expected('jti or sub', 'control.by', value);
}

function readConcurrency(value: unknown): ConcurrencySetting {
  if (typeof value !== 'object' || value === null) return readSetting(value, readCount);
  const { task, key } = readObject(value, 'control.limit');
  return {
    ...(task === undefined ? {} : { task: readSetting(task, readCount) }),
    ...(key === undefined ? {} : { key: readSetting(key, readCount) }),
  };
}

function readSetting(value: unknown, readNumber: (value: unknown) => number): Setting {
  return value === null || value === 'default' ? value : readNumber(value);
}

function readPerHour(value: unknown): number {
  if (typeof value === 'number' && value >= MIN_PER_HOUR && value <= MAX_PER_HOUR) return value;
  throw expected('a number of runs per hour', 'control.rate', value);
}

function readCount(value: unknown): number {
  return readInteger(value, 'control.limit', 1, CONCURRENCY_LIMIT);
}
