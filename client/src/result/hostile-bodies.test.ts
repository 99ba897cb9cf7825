import type { TaskState } from '@celeriac/protocol';
import { FAILURE_LIMITS, type WirePayload } from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { standing, TestApp } from '../test/app.ts';

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

function causes(levels: number): string {
  const open = '{"name":"Error","message":"m","cause":';
  return `${open.repeat(levels)}null${'}'.repeat(levels)}`;
}

const BODIES: readonly (WirePayload | null)[] = [
  null,
  '',
  '{',
  'null',
  '5',
  '[[[',
  nested(200_000),
  causes(10_000),
  causes(40),
  `{"name":"AggregateError","message":"m","errors":[${Array(50_000).fill('{"name":"E","message":"m"}').join()}]}`,
  '{"name":"Error","message":"m","data":{"__proto__":{"polluted":1}}}',
  '{"name":"__proto__","message":"m"}',
  '{"name":"constructor","message":"m","code":"TASK_REVOKED","traceback":"t"}',
  '{"name":5,"message":{}}',
  ['__proto__', '{}'],
  ['constructor', '{}'],
  ['application/vnd.devalue+json', '[[1,'],
  ['application/vnd.devalue+json', '{}'],
  ['application/vnd.devalue+json', '[["Map",1,2],-9,[["__proto__"]]]'],
  ['application/vnd.devalue+json', nested(100_000)],
  ['text/\u0000', 'x'],
  ['x'.repeat(100_000), 'x'],
];

async function endOf(state: TaskState, body: WirePayload | null): Promise<unknown> {
  const t = new TestApp();
  const result = await t.accepted();
  const messages: unknown[] = [];
  const ended = result.get({ onMessage: (message) => messages.push(message) });
  ended.catch(() => {});
  await t.turn();
  t.session.events(
    ['a', 1, 5, null, 'CUSTOM', body ?? ''],
    ['a', 2, 5, state, 'completed', 1, 'w1', 0, body],
  );
  await t.turn();
  const end = await standing(ended);
  void [result.state, result.info, messages];
  return end;
}

describe('finding 18: whatever a body is, it ends a get()', () => {
  test.each(BODIES.map((body) => [String(body).slice(0, 50), body]))('%s', async (_, body) => {
    for (const state of ['SUCCESS', 'FAILURE', 'REVOKED'] as const) {
      expect(await endOf(state, body)).not.toBe('pending');
    }
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  test('of random text', async () => {
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc.tuple(
        fc.constantFrom('application/json', 'application/vnd.devalue+json', 'x'),
        fc.oneof(fc.string(), fc.json()),
      ),
    );
    await fc.assert(
      fc.asyncProperty(body, fc.constantFrom<TaskState>('SUCCESS', 'FAILURE'), async (given, state) => {
        expect(await endOf(state, given)).not.toBe('pending');
      }),
      { numRuns: 200 },
    );
  });

  test('a chain of ten thousand causes is cut', async () => {
    const [, error] = (await endOf('FAILURE', causes(40))) as [string, Error];
    let depth = 0;
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) depth += 1;
    expect(depth).toBe(FAILURE_LIMITS.depth);
  });
});
