import { getEventListeners } from 'node:events';
import { OptionError } from '@celeriac/protocol';
import { expect, test } from 'vitest';
import { abortable, readSignalOf, readWaitOptions, signalOption } from './abort.ts';

const REASON = new Error('enough');

test('gives what comes, and leaves nothing on the signal', async () => {
  const { signal } = new AbortController();
  expect(await abortable(signal, async () => 4)).toBe(4);
  await expect(abortable(signal, () => Promise.reject(REASON))).rejects.toBe(REASON);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  expect(await abortable(undefined, async () => 5)).toBe(5);
});

test('rejects with the reason when it aborts, and leaves nothing on the signal', async () => {
  const controller = new AbortController();
  const waiting = abortable(controller.signal, () => new Promise<never>(() => {}));
  controller.abort(REASON);
  await expect(waiting).rejects.toBe(REASON);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
});

test('an aborted one begins nothing', async () => {
  let begun = false;
  const act = async (): Promise<void> => {
    begun = true;
  };
  await expect(abortable(AbortSignal.abort(REASON), act)).rejects.toBe(REASON);
  expect(begun).toBe(false);
});

test('what rejects after the signal has aborted is nobody’s unhandled rejection', async () => {
  const controller = new AbortController();
  let fail: (error: Error) => void = () => {};
  const acting = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const waiting = abortable(controller.signal, () => acting);
  controller.abort(REASON);
  await expect(waiting).rejects.toBe(REASON);
  fail(new Error('late'));
  await new Promise((resolve) => setImmediate(resolve));
});

test('reads what a signal is, of any realm, and nothing else', () => {
  const controller = new AbortController();
  const { signal } = controller;
  expect(readSignalOf({ signal }, 'get()')).toBe(signal);
  expect(readSignalOf({ signal: null }, 'get()')).toBeUndefined();
  expect(readSignalOf({}, 'get()')).toBeUndefined();
  for (const wrong of [1, 'now', {}, controller, () => {}])
    expect(() =>
      readSignalOf(
        JSON.parse('{}', () => ({ signal: wrong })),
        'get()',
      ),
    ).toThrow(OptionError);
  expect(() => readSignalOf(JSON.parse('{"signl":1}'), 'get()')).toThrow("did you mean 'signal'?");
});

test('an AbortController stands for its signal, which is no field of its own', () => {
  const controller = new AbortController();
  const table = { signal: signalOption };
  expect(readWaitOptions(controller, table, 'get()')).toEqual({ signal: controller.signal });
});
