import { describe, expect, test } from 'vitest';
import { setup } from '../../test/broker-setup.ts';

describe('what an operator set', () => {
  test('holds after a restart, above the definition', async () => {
    const world = await setup();
    await world.worker('w1', { tasks: { add: { ratePerHour: 5, taskLimit: 2 } } });
    await world.broker.control.run([
      ['rateLimit', 'add', 7],
      ['concurrencyLimit', 'add', null],
    ]);
    const after = await world.restarts([], { settings: (await world.engine.open()).settings });
    await after.worker('w1', { tasks: { add: { ratePerHour: 5, taskLimit: 2 } } });
    const [limits] = await after.broker.control.run([['concurrencyLimit', 'add', {}]]);
    expect(limits).toEqual({ ratePerHour: 7, taskLimit: null, keyLimit: null });
  });

  test('of a name that nobody has defined is refused', async () => {
    const world = await setup();
    await expect(world.broker.control.run([['rateLimit', 'typo', 7]])).rejects.toMatchObject({
      code: 'TASK_NOT_DEFINED',
    });
    expect((await world.engine.open()).settings).toEqual([]);
  });
});
