import { expect, test } from 'vitest';
import { setup } from '../../test/broker-setup.ts';
import { TestWorker } from '../../test/test-worker.ts';

test('bodies that still run after their leases were lost take up room in the new session, until they end', async () => {
  const world = await setup();
  const worker = await world.worker('w1', { capacity: 2 });
  await world.caller.calls(['left', 'waiting']);
  await world.turn();
  await worker.starts('left');
  const held = [worker.holding('left', true), worker.holding('waiting', false)];
  await world.broker.sessions.lose(worker.session, 'it was away for too long');

  const back = new TestWorker(world.broker, { ...worker.settings, queues: ['other'] });
  const joined = await back.join({ session: worker.session.id, held });
  expect(joined.lost).toEqual(held.map(([, , nonce]) => nonce));
  await world.caller.calls(['1', '2'], { queue: 'other' });
  await world.turn();
  expect(back.ids).toEqual(['1']);
  back.assign([worker.assignment('left')]);
  await back.settles('left');
  await world.turn();
  expect(back.ids).toEqual(['1', 'left', '2']);
});
