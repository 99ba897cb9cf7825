/** Histories as JSONL. A process that is killed may leave half a line at the end of its file, and nothing else amiss. */
import { TASK_STATES } from '@celeriac/protocol';
import { type Entry, FAULTS } from './entry.ts';

export function toLine(entry: Entry): string {
  return `${JSON.stringify(entry)}\n`;
}

/**
 * Reads the files of all processes into one history, in order of time.
 * @throws Error naming file and line of what is no entry
 */
export function readHistories(files: ReadonlyMap<string, string>): readonly Entry[] {
  const entries = [...files].flatMap(([name, text]) => readLines(name, text));
  return entries.sort((one, other) => one.at - other.at);
}

function readLines(name: string, text: string): readonly Entry[] {
  const lines = text.split('\n');
  // Either empty, or what a killed process did not finish.
  lines.pop();
  return lines.map((line, position) => readLine(line, `${name}:${position + 1}`));
}

function readLine(line: string, place: string): Entry {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error(`${place}: expected a line of JSON, got: ${line.slice(0, 80)}`);
  }
  const wrong = whatIsWrong(value);
  if (wrong !== undefined) throw new Error(`${place}: ${wrong}, got: ${line.slice(0, 200)}`);
  return value as Entry;
}

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const number: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';
const list: Check = (value) => Array.isArray(value);
const object: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const oneOf =
  (...allowed: readonly string[]): Check =>
  (value) =>
    allowed.includes(value as string);
const maybe =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

const STAMP = { at: number, wall: number, by: text };
const KINDS: Readonly<Record<Entry['kind'], Readonly<Record<string, Check>>>> = {
  setup: {
    seed: number,
    leaseMs: number,
    graceMs: number,
    heartbeatMs: number,
    lazyMs: number,
    stallMs: number,
    faultyStallMs: number,
    memoryLimit: maybe(number),
  },
  operation: {
    number,
    id: text,
    op: oneOf('submit', 'revoke', 'read', 'follow'),
    phase: oneOf('invoke', 'ok', 'fail', 'info'),
  },
  seen: { watcher: text, id: text, from: number, lines: list, sequence: number, body: maybe(text) },
  gap: { id: text, expected: number, got: number },
  run: { id: text, attempt: number, nonce: text, phase: oneOf('begin', 'effect', 'end') },
  verdict: { id: text, nonce: text, verdict: oneOf('applied', 'duplicate', 'stale', 'unknown') },
  worker: { phase: oneOf('up', 'down'), concurrency: number, prefetch: number },
  client: { phase: oneOf('up', 'down') },
  fault: { phase: oneOf('begin', 'end'), number, fault: oneOf(...FAULTS), target: text },
  sample: { memory: maybe(number), residue: object },
  milestone: { name: oneOf('healed', 'drained') },
};

/** What an operation has besides, by its name and phase. */
const OPERATIONS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  'submit invoke': { call: object },
  'read invoke': { final: flag },
  'revoke ok': { verdict: oneOf('prevented', 'revoked', 'already-done', 'unknown') },
  'read ok': {
    known: flag,
    state: oneOf(...TASK_STATES),
    sequence: number,
    attempt: number,
    body: maybe(text),
  },
  'follow ok': { state: oneOf(...TASK_STATES) },
};
const CALL = {
  name: text,
  content: text,
  dueAt: maybe(number),
  expiresAt: maybe(number),
  once: flag,
  maxDeliveries: number,
  poison: flag,
  links: list,
};

function whatIsWrong(value: unknown): string | undefined {
  if (!object(value)) return 'expected an object';
  const fields = value as Fields;
  const { kind } = fields;
  if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind)) return 'expected kind to be one that is known';
  const own = wrongField(fields, { ...STAMP, ...KINDS[kind as Entry['kind']] });
  if (own !== undefined) return own;
  if (kind === 'run' && fields['phase'] === 'end')
    return wrongField(fields, { outcome: text, body: maybe(text), aborted: flag });
  return kind === 'operation' ? wrongOperation(fields) : undefined;
}

function wrongOperation(fields: Fields): string | undefined {
  const { op, phase, call } = fields;
  if (phase === 'fail' || phase === 'info') return wrongField(fields, { code: text });
  const wrong = wrongField(fields, OPERATIONS[`${op} ${phase}`] ?? {});
  if (wrong !== undefined || call === undefined) return wrong;
  return wrongField(call as Fields, CALL);
}

function wrongField(fields: Fields, checks: Readonly<Record<string, Check>>): string | undefined {
  for (const [name, check] of Object.entries(checks))
    if (!check(fields[name])) return `expected ${name} to be otherwise`;
  return undefined;
}
