import fc from 'fast-check';
import { expect, test } from 'vitest';
import { setup } from '../../../test/broker-setup.ts';
import { OPEN_GRANT } from '../auth/grant.ts';
import type { ClientSocket } from './client-socket.ts';
import { HeldBack } from './held-back.ts';

test('an end that was held back is read once, and of what was dropped or read nothing is kept', async () => {
  const world = await setup();
  const IDS = ['a', 'b', 'c'];
  await world.caller.calls(IDS);
  const socket = { data: { grant: { ...OPEN_GRANT, scopes: [] } } } as unknown as ClientSocket;
  const nobody = { has: () => false, isOwn: () => false };
  const step = fc.tuple(fc.constantFrom('ended', 'drop', 'read', 'clear'), fc.constantFrom(...IDS));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const heldBack = new HeldBack(socket, world.broker.reader);
      const kept = new Set<string>();
      for (const [what, id] of steps) {
        if (what === 'ended') {
          heldBack.ended(id, true);
          kept.add(id);
        } else if (what === 'drop') {
          heldBack.drop(id);
          kept.delete(id);
        } else if (what === 'clear') {
          heldBack.clear();
          kept.clear();
        } else {
          const { snapshots } = await heldBack.read(IDS, nobody);
          expect(snapshots.map((one) => one.id)).toEqual(IDS.filter((one) => kept.has(one)));
          kept.clear();
        }
      }
      await heldBack.read(IDS, nobody);
      expect(await heldBack.read(IDS, nobody)).toEqual({ snapshots: [], hidden: [] });
    }),
  );
});
