/** What holds of every row of the table, in every direction, also of one that is added today. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameError } from './guard.ts';
import { FEED_ROWS_OF } from './rows.ts';
import { readClientHello } from './session.ts';
import { type FrameReader, readShape } from './shape.ts';
import {
  CLIENT_FRAMES,
  GATEWAY_WORKER_FRAMES,
  readGatewayFrame,
  readWorkerFrame,
  WORKER_FRAMES,
} from './table.ts';
import { GATEWAY_ANSWERS, GATEWAY_FRAMES } from './to-client.ts';

type Table = Readonly<
  Record<string, { readonly read: (said: unknown, place: string) => unknown; readonly bound?: number }>
>;

const TABLES: Readonly<Record<string, Table>> = {
  'from a client': CLIENT_FRAMES,
  'to a client': GATEWAY_FRAMES,
  'from a worker': WORKER_FRAMES,
  'to a worker': GATEWAY_WORKER_FRAMES,
  'to a client, asked': Object.fromEntries(
    Object.entries(GATEWAY_ANSWERS).map(([name, readerFor]) => [name, byReader(readerFor([['purge', 'q']]))]),
  ),
  'of a feed': Object.fromEntries(
    Object.entries(FEED_ROWS_OF).map(([kind, reader]) => [kind, byReader(reader)]),
  ),
  'of a hello': { auth: { read: readClientHello } },
};

function byReader(reader: FrameReader<unknown>): Table[string] {
  return { read: (said, place) => readShape(reader, said, place) };
}

const ROWS = Object.entries(TABLES).flatMap(([direction, table]) =>
  Object.entries(table).map(([name, row]) => [`${direction}: ${name}`, name, row] as const),
);

const WORDS = fc.constantFrom<unknown[]>(
  ...['a', '', '[]', 'PENDING', 'started', 'success', 'retry', 'chunks', 'rows', 'tasks', 'purge', 'drain'],
  ...[0, 1, -1, 1.5, 2 ** 53, Number.POSITIVE_INFINITY, Number.NaN, true, false, null, undefined],
  ...[['text/mine', '1'], {}, [], { min: 1, max: 1 }, { __proto__: { id: 'a' } }],
);
const FIELDS = fc.dictionary(
  fc.constantFrom('id', 'epoch', 'tasks', 'ok', 'refused', 'code', 'token', 'protocol', 'held', '__proto__'),
  fc.oneof(WORDS, fc.jsonValue()),
);
const ITEMS = fc.array(fc.oneof(WORDS, FIELDS, fc.array(fc.oneof(WORDS, FIELDS, fc.array(WORDS)))));
const ANYTHING = fc.oneof(
  fc.jsonValue(),
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withTypedArray: true,
  }),
  ITEMS,
  FIELDS,
  fc.record({ ok: ITEMS }),
  fc.record({ epoch: WORDS, tasks: ITEMS }),
);

/** What a submit is read to has its items apart. */
function said(found: unknown): unknown {
  return typeof found === 'object' && found !== null && 'items' in found ? found.items : found;
}

describe('whatever a peer says', () => {
  test.each(ROWS)('is read, and the same when read again, or refused as a bad frame: %s', (_, name, row) => {
    fc.assert(
      fc.property(ANYTHING, (value) => {
        try {
          const found = said(row.read(value, name));
          expect(said(row.read(found, name))).toEqual(found);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
          expect(String(error)).toContain('expected ');
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each(ROWS.filter(([, , { bound = 1 }]) => bound > 1))(
    'is no longer than its row says: %s',
    (_, name, row) => {
      const items = Array(Number(row.bound) + 1).fill(null);
      const refusal = `at most ${row.bound} items, got: ${items.length}`;
      expect(() => row.read(name === 'watch' ? { tasks: items } : items, name)).toThrow(refusal);
    },
  );

  test('in text is a frame of the table, or refused as a bad frame', () => {
    const name = fc.constantFrom(
      ...Object.keys(WORKER_FRAMES),
      ...Object.keys(GATEWAY_WORKER_FRAMES),
      ...['__proto__', 'constructor', 'toString', 'wave', ''],
    );
    const text = fc.oneof(fc.string(), fc.json(), fc.tuple(name, ANYTHING).map(toText));
    fc.assert(
      fc.property(text, (given) => {
        for (const readText of [readGatewayFrame, (frame: string) => readWorkerFrame(frame, 100)]) {
          try {
            readText(given);
          } catch (error) {
            expect(error).toBeInstanceOf(FrameError);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

/** What no JSON can say is left out. */
function toText(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) => (typeof field === 'bigint' ? null : field)) ?? '';
}
