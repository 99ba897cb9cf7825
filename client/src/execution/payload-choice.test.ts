import type { WirePayload } from '@celeriac/protocol/internal';
import { beforeEach, describe, expect, test } from 'vitest';
import type { TaskSelf } from '../hosting.ts';
import { messageOf, TestExecutor } from '../test/test-executor.ts';
import { Serializers } from '../values/serializers.ts';

let t: TestExecutor;
beforeEach(() => {
  t = new TestExecutor();
});

describe('a call that another serializer wrote', () => {
  const serializers = new Serializers();
  const payload = serializers.encode('devalue', [new Map([['a', new Date(1)]])], 'x');
  const read = (body: WirePayload | null | undefined): unknown => serializers.decode(body ?? '', 'x');

  test('is answered likewise, in its result, its progress and its retry', async () => {
    const { outcome, progress } = await t.run(
      (self: TaskSelf, given: Map<string, Date>) => {
        self.updateState({ state: 'HALF', meta: new Set(given.keys()) });
        return given;
      },
      { bind: true, payload },
    );
    expect(outcome[0]).toBe('success');
    expect(outcome[1]).toEqual(['application/vnd.devalue+json', expect.any(String)]);
    expect(read(outcome[1] as WirePayload)).toStrictEqual(new Map([['a', new Date(1)]]));
    expect(progress.map(([state, meta]) => [state, read(meta)])).toStrictEqual([['HALF', new Set(['a'])]]);
    const retried = await t.run((self: TaskSelf) => self.retry({ args: [1n] }), { bind: true, payload });
    expect(read(retried.outcome[5])).toEqual([1n]);
  });

  test('without a result says nothing', async () => {
    expect((await t.run(() => undefined, { payload })).outcome).toEqual(['success', '']);
  });

  test('may stand behind results that are JSON, and the other way round', async () => {
    const behind = await t.run((...args: unknown[]) => args.length, {
      payload,
      context: { prepend: ['1', '[2]'] },
    });
    expect(read(behind.outcome[1] as WirePayload)).toBe(3);
    const before = await t.run((first: Map<string, Date>) => [...first.keys()], {
      args: ['own'],
      context: { prepend: [serializers.encode('devalue', new Map([['a', 1]]), 'x')] },
    });
    expect(before.outcome).toEqual(['success', '["a"]']);
  });

  test('fails, naming the content type, when nobody here reads it; its body is not entered', async () => {
    let entered = false;
    const { outcome } = await t.run(() => (entered = true), { payload: ['application/x-theirs', 'abc'] });
    expect(messageOf(outcome)).toMatch(
      "arguments of work came as 'application/x-theirs', which no serializer",
    );
    expect(entered).toBe(false);
  });

  test('is read by the serializers of its own app', async () => {
    const own = new Serializers();
    own.register({
      name: 'own',
      contentType: 'text/x-own',
      encode: String,
      decode: (body: string) => [body],
    });
    const { outcome } = await t.run((text: string) => text.toUpperCase(), {
      serializers: own,
      payload: ['text/x-own', 'a'],
    });
    expect(outcome).toEqual(['success', ['text/x-own', 'A']]);
  });
});
