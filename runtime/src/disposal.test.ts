import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test('the keys are those of the language where it has them', async () => {
  const { ASYNC_DISPOSE, DISPOSE } = await import('./disposal.ts');
  expect([ASYNC_DISPOSE, DISPOSE]).toEqual([Symbol.asyncDispose, Symbol.dispose]);
});

test('elsewhere they are those that esbuild and Babel look for', async () => {
  const real = Symbol;
  const old = Object.setPrototypeOf((text: string) => real(text), real);
  Object.defineProperties(old, { asyncDispose: { value: undefined }, dispose: { value: undefined } });
  vi.stubGlobal('Symbol', old);
  const { ASYNC_DISPOSE, DISPOSE } = await import('./disposal.ts');
  expect([ASYNC_DISPOSE, DISPOSE]).toEqual([Symbol.for('Symbol.asyncDispose'), Symbol.for('Symbol.dispose')]);
});
