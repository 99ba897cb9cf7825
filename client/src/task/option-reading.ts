/** Reading the options that people pass: unknown names are refused, each value by its own rule. */
import {
  OptionError,
  PRIORITY_MAX,
  QUEUE_NAME_LENGTH,
  show,
  TASK_NAME_LENGTH,
  UsageError,
} from '@celeriac/protocol';

interface TimeLimits {
  readonly timeLimitMs?: number;
  readonly softTimeLimitMs?: number;
}

export function expected(option: string, what: string, value: unknown): OptionError {
  return new OptionError(option, `expected ${option} to be ${what}, got: ${show(value)}`);
}

/**
 * @param where names the call in errors: "add.applyAsync()"
 * @returns the options as a plain record; those that are `undefined` are left out
 * @throws UsageError when it is no object, OptionError for a name that is not in `known`
 */
export function readNames(
  given: unknown,
  known: readonly string[],
  where: string,
): ReadonlyMap<string, unknown> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new UsageError(`expected the options of ${where} to be an object, got: ${show(given)}`);
  }
  const options = new Map<string, unknown>();
  for (const [name, value] of Object.entries(given)) {
    if (!known.includes(name)) throw unknownOption(name, known, where);
    if (value !== undefined) options.set(name, value);
  }
  return options;
}

function unknownOption(name: string, known: readonly string[], where: string): OptionError {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `known are ${known.join(', ')}` : `did you mean '${nearest}'?`;
  return new OptionError(name, `${where} has no option '${name}'; ${hint}`);
}

/** @returns the name that was probably meant, if one is near enough; case and underscores do not count */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.replaceAll('_', '').toLowerCase();
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(plain(name), plain(candidate)) }))
    .sort((one, other) => one.distance - other.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= Math.max(2, Math.ceil(name.length / 3))
    ? best.candidate
    : undefined;
}

/** Levenshtein's distance. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

export function readFlag(value: unknown, option: string): boolean {
  if (typeof value === 'boolean') return value;
  throw expected(option, 'true or false', value);
}

export function readText(value: unknown, option: string, limit: number): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= limit) return value;
  throw expected(option, `a string of 1 to ${limit} characters`, value);
}

/** @throws OptionError for what no task can have as its name */
export function readTaskName(value: unknown): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= TASK_NAME_LENGTH) return value;
  throw new OptionError(
    'name',
    `expected a task's name to be a string of 1 to ${TASK_NAME_LENGTH} characters, got: ${show(value)}`,
  );
}

export function readInteger(value: unknown, option: string, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw expected(option, `an integer from ${min} to ${max}`, value);
}

export function readQueue(value: unknown, option: string): string {
  return readText(value, option, QUEUE_NAME_LENGTH);
}

export function readPriority(value: unknown, option: string): number {
  return readInteger(value, option, 0, PRIORITY_MAX);
}

export function readDate(value: unknown, option: string): number {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.getTime();
  throw expected(option, 'a valid Date', value);
}

/** A limit of 0 is none. @throws OptionError when the soft limit would never be reached */
export function checkTimeLimits({ timeLimitMs = 0, softTimeLimitMs = 0 }: TimeLimits): void {
  if (timeLimitMs === 0 || softTimeLimitMs <= timeLimitMs) return;
  throw new OptionError(
    'softTimeLimit',
    `softTimeLimit must be less than or equal to timeLimit, got: ${softTimeLimitMs / 1000} s above ${timeLimitMs / 1000} s`,
  );
}
