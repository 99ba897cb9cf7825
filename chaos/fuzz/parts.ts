/** What frames are made of: makers that are put together from smaller ones, as the readers at the other end are. */
import type { Chance } from '../simulation/chance.ts';

/** What a session has heard from its peer, by kind: ids of tasks, nonces of attempts, numbers of readers. */
export type HeardValues = Readonly<Record<'ids' | 'nonces' | 'numbers', unknown[]>>;
export type Make = (chance: Chance, known: HeardValues) => unknown;

export function nothingKnown(): HeardValues {
  return { ids: [], nonces: [], numbers: [] };
}

export function pick(...values: readonly unknown[]): Make {
  return (chance) => chance.oneOf(values);
}

export function whole(low: number, high: number): Make {
  return (chance) => chance.between(low, high);
}

export function anyValue(...makes: readonly Make[]): Make {
  return (chance, known) => chance.oneOf(makes)(chance, known);
}

export function listOf(make: Make, most = 4): Make {
  return (chance, known) => Array.from({ length: chance.between(0, most) }, () => make(chance, known));
}

export function tupleOf(...makes: readonly Make[]): Make {
  return (chance, known) => makes.map((make) => make(chance, known));
}

/** Fields whose names end with a question mark are there half of the time. */
export function fields(shape: Readonly<Record<string, Make>>): Make {
  return (chance, known) => {
    const made: Record<string, unknown> = {};
    for (const [name, make] of Object.entries(shape)) {
      const value = make(chance, known);
      if (!name.endsWith('?')) made[name] = value;
      else if (chance.happens(0.5)) made[name.slice(0, -1)] = value;
    }
    return made;
  };
}

/** Mostly what was heard of, where anything was. Draws as often either way, so that a seed says the same to whoever answers. */
export function heardOr(kind: keyof HeardValues, otherwise: Make): Make {
  return (chance, known) => {
    const wanted = chance.happens(0.7);
    const at = chance.unit();
    const made = otherwise(chance, known);
    const list = known[kind];
    return wanted && list.length > 0 ? list[Math.floor(at * list.length)] : made;
  };
}

/** Names of the fuzzer's own: those of the bystander never come up, so that nobody has a right to disturb it. */
export const QUEUE = pick('fuzz', 'fuzz-2', 'fuzz-nobody');
export const NAME = pick('add', 'slow', 'fail', 'fuzz.task', 'no such task', 'x'.repeat(255), 'constructor');
export const ID = heardOr('ids', (chance) => `f${chance.between(0, 10_000)}`);
export const SOME_NONCE = heardOr('nonces', (chance) => `n${chance.between(0, 50)}`);
export const NUMBER = heardOr('numbers', whole(0, 5));
export const FLAG = pick(true, false);
export const COUNT = anyValue(whole(0, 5), pick(0, 1, 1_000, Number.MAX_SAFE_INTEGER));
export const MS = anyValue(whole(0, 50), pick(0, 1, 1_000, 3_600_000));
export const MOMENT = pick(0, 1, 1_700_000_000_000, 8.64e15);
export const STATE = pick('PENDING', 'STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED', 'IGNORED');
export const REASON = pick('submitted', 'started', 'completed', 'error', 'retry', 'worker-lost', 'revoked');
export const WORD = pick('w1', 'a', 'default', 'UPLOADING', '\u202eevil', 'a b', '__proto__');
export const TEXT = anyValue(WORD, pick('', '[1,2]', '\u001b[2J', 'é'.repeat(100)));
export const valueOrNull =
  (make: Make): Make =>
  (chance, known) =>
    chance.happens(0.4) ? null : make(chance, known);

export const PAYLOAD = anyValue(
  pick(
    '[1,2]',
    '4',
    '"a"',
    '',
    'null',
    '{',
    '{"__proto__":{"polluted":1}}',
    `${'['.repeat(200)}${']'.repeat(200)}`,
  ),
  pick('{"name":"Error","message":"no","cause":{"name":"__proto__","message":""}}', '{"name":"Error"}'),
  pick(
    ['text/x-mine', 'abc'],
    ['application/vnd.devalue+json', '[[1'],
    ['__proto__', '{}'],
    ['application/json', '[3,4]'],
  ),
);

export const TASK_OPTIONS = fields({
  'queue?': QUEUE,
  'priority?': whole(0, 9),
  'maxRetries?': valueOrNull(whole(0, 3)),
  'retryDelayMs?': MS,
  'acksLate?': FLAG,
  'trackStarted?': FLAG,
  'ignoreResult?': FLAG,
  'timeLimitMs?': MS,
  'softTimeLimitMs?': MS,
  'ratePerHour?': valueOrNull(whole(1, 10_000_000)),
  'taskLimit?': valueOrNull(whole(1, 100)),
  'keyLimit?': whole(1, 10),
});

const CALL = {
  'queue?': QUEUE,
  'countdownMs?': MS,
  'etaAt?': MOMENT,
  'expiresMs?': MS,
  'priority?': whole(0, 9),
  'ignoreResult?': FLAG,
  'timeLimitMs?': MS,
  'headers?': pick('{"a":1}', '{', '{"__proto__":1}'),
  'shadow?': WORD,
  'argsRepr?': TEXT,
  'concurrencyKey?': WORD,
} as const;
const LINKED = fields({
  id: ID,
  name: NAME,
  args: PAYLOAD,
  immutable: FLAG,
  options: valueOrNull(fields(CALL)),
});
export const CALL_OPTIONS = fields({ ...CALL, 'link?': listOf(LINKED, 2), 'linkError?': listOf(LINKED, 2) });
