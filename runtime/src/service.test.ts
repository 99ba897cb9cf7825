import { describe, expect, test } from 'vitest';
import { type Service, startAll, stopAll } from './service.ts';

interface Trouble {
  readonly start?: Error;
  readonly stop?: Error;
}

/** Services that write down what they are asked, in order. */
function setup() {
  const log: string[] = [];
  const service = (name: string, trouble: Trouble = {}): Service => ({
    start: async () => {
      log.push(`${name} starts`);
      await Promise.resolve();
      if (trouble.start !== undefined) throw trouble.start;
      log.push(`${name} works`);
    },
    stop: async () => {
      log.push(`${name} stops`);
      await Promise.resolve();
      if (trouble.stop !== undefined) throw trouble.stop;
      log.push(`${name} is gone`);
    },
  });
  return { log, service };
}

describe('services', () => {
  test('start one after the other, and stop in reverse', async () => {
    const { log, service } = setup();
    const services = [service('a'), service('b')];
    await startAll(services);
    await stopAll(services);
    expect(log).toEqual([
      'a starts',
      'a works',
      'b starts',
      'b works',
      'b stops',
      'b is gone',
      'a stops',
      'a is gone',
    ]);
  });

  test('that started are stopped when a later one cannot', async () => {
    const { log, service } = setup();
    const failure = new Error('port taken');
    const starting = startAll([service('a'), service('b', { start: failure }), service('c')]);
    await expect(starting).rejects.toBe(failure);
    expect(log).toEqual(['a starts', 'a works', 'b starts', 'a stops', 'a is gone']);
  });

  test('that can neither start nor stop say why they could not start', async () => {
    const { service } = setup();
    const failure = new Error('port taken');
    const starting = startAll([service('a', { stop: new Error('stuck') }), service('b', { start: failure })]);
    await expect(starting).rejects.toBe(failure);
  });

  test('are all stopped even if one fails, and the first failure is told', async () => {
    const { log, service } = setup();
    const first = new Error('first');
    const stopping = stopAll([
      service('a'),
      service('b', { stop: new Error('second') }),
      service('c', { stop: first }),
    ]);
    await expect(stopping).rejects.toBe(first);
    expect(log).toEqual(['c stops', 'b stops', 'a stops', 'a is gone']);
  });
});
