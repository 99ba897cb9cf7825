import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameError } from './guard.ts';
import { CLIENT_FRAMES, GATEWAY_WORKER_FRAMES, WORKER_FRAMES } from './table.ts';
import { GATEWAY_FRAMES } from './to-client.ts';

type Read = (value: unknown, place: string, payloadLimit?: number) => unknown;

const CONTEXT = {
  queue: 'default',
  priority: 0,
  retries: 0,
  maxRetries: 3,
  redelivered: false,
  awaitStart: false,
  etaAt: null,
  expiresAt: null,
};
const ACCEPTED = ['a', 1, 'default', true, 1_000];
/** By frame: its reader, an item as nearly all are, and one of the same frame that is read the slow way. */
const FRAMES: Readonly<Record<string, readonly [read: Read, usual: unknown, unusual: unknown]>> = {
  submit: [CLIENT_FRAMES.submit.read, ['a', 'add', '[1]', null, 0], ['b', 'add', '[1]', { queue: 'q' }, 0]],
  receipts: [GATEWAY_FRAMES.receipts.read, ACCEPTED, [...ACCEPTED, 'later']],
  events: [
    GATEWAY_FRAMES.events.read,
    ['a', 2, 1_000, 'SUCCESS', 'completed', 1, 'w', 0, '1'],
    ['a', 2, 1_000, 'SUCCESS', 'completed', 1, 'w', 0, '1', ['b']],
  ],
  assign: [
    GATEWAY_WORKER_FRAMES.assign.read,
    ['n', 'a', 1, 'add', '[1]', CONTEXT],
    ['n', 'a', 1, 'add', '[1]', { ...CONTEXT, shadow: 's' }],
  ],
  acks: [GATEWAY_WORKER_FRAMES.acks.read, ['n', 'applied'], ['n', 'stale']],
  started: [WORKER_FRAMES.started.read, 'n', 'm'],
  settled: [WORKER_FRAMES.settled.read, ['n', 'a', 1, ['success', '1']], ['n', 'a', 1, ['ignored']]],
};
/** Of a result, in UTF-16 units. */
const LIMIT = 100;

/** What stands where something else should. */
const strange = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    1.5,
    2 ** 52,
    2 ** 53,
    8.64e15,
    8.65e15,
    '',
    'x'.repeat(65),
    'x'.repeat(256),
    [],
    ['x'],
    ['application/x-mine', 'x'],
    ['success', 'x'.repeat(101)],
    {},
    CONTEXT,
    'SUCCESS',
    'NEWS',
  ),
  fc.jsonValue(),
);

/** With one of its parts, at any depth, replaced, left out or followed by another. */
function changed(value: unknown, path: readonly number[], how: number, by: unknown): unknown {
  const [step = 0, ...rest] = path;
  if (path.length === 0 || typeof value !== 'object' || value === null) return by;
  if (Array.isArray(value)) {
    const at = step % value.length;
    if (rest.length === 0 && how === 1) return value.toSpliced(at, 1);
    if (rest.length === 0 && how === 2) return [...value, by];
    return value.with(at, changed(value[at], rest, how, by));
  }
  const names = Object.keys(value);
  const name = names[step % names.length] ?? '';
  const { [name]: part, ...others } = value as Record<string, unknown>;
  if (rest.length === 0 && how === 1) return others;
  if (rest.length === 0 && how === 2) return { ...value, timeLimitMs: by };
  return { ...others, [name]: changed(part, rest, how, by) };
}

function outcomeOf(read: Read, items: readonly unknown[]): unknown {
  try {
    return read(items, 'frame', LIMIT);
  } catch (error) {
    if (error instanceof FrameError) return error.message.replaceAll(/\[\d+\]/g, '[]');
    throw error;
  }
}

describe.each(Object.entries(FRAMES))('%s', (name, [read, usual, unusual]) => {
  const listOf = (read: unknown): readonly unknown[] => {
    if (Array.isArray(read)) return read;
    return (read as { readonly items: readonly unknown[] }).items;
  };

  test('an item as nearly all are is taken as it came', () => {
    const items = [usual];
    expect(listOf(read(items, name, LIMIT))).toBe(items);
  });

  test('whatever comes is read as it is beside one that is not as usual', () => {
    // Beside such a one all are read the slow way.
    const slow = name === 'started' ? undefined : unusual;
    fc.assert(
      fc.property(
        fc.array(fc.nat(20), { minLength: 0, maxLength: 3 }),
        fc.nat(2),
        strange,
        (path, how, by) => {
          const item = changed(usual, path, how, by);
          const alone = outcomeOf(read, [item]);
          if (slow === undefined) {
            expect(typeof alone === 'string').toBe(
              typeof item !== 'string' || item.length === 0 || item.length > 64,
            );
            return;
          }
          const beside = outcomeOf(read, [item, slow]);
          if (typeof beside === 'string') expect(alone).toBe(beside);
          else if (listOf(beside).length === 1) expect(alone).toMatchObject({ items: [] });
          else expect(known(listOf(alone)[0])).toEqual(known(listOf(beside)[0]));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

/** Fields that nobody knows are passed over by whoever reads them, and may stay. */
function known(item: unknown): unknown {
  if (!Array.isArray(item) || typeof item[5] !== 'object' || item[5] === null) return item;
  const names = new Set([...Object.keys(CONTEXT), 'timeLimitMs']);
  const context = Object.entries(item[5] as object).filter(([name]) => names.has(name));
  return item.with(5, Object.fromEntries(context));
}
