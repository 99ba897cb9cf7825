import { describe, expect, test } from 'vitest';
import { Bench } from './bench.ts';
import { childrenSuite, poolSuite } from './suite.ts';

poolSuite('processes');
childrenSuite('processes');

describe('a process', () => {
  test('that a body aborts takes nothing with it but its run', async () => {
    const bench = new Bench({ pool: 'processes' });
    expect(await bench.run('aborts').outcome()).toEqual(['lost', 'ended (signal SIGABRT)']);
    expect(await bench.run('add', [1, 1]).value()).toBe(2);
    await bench.close();
  });
});
