import fc from 'fast-check';
import { expect, test } from 'vitest';
import { setup } from '../../../test/broker-setup.ts';
import { FeedInbox } from '../../../test/feed-inbox.ts';
import type { Feed } from './feed.ts';

const SUBJECTS = [null, 'ann', 'bob'];
const step = fc.tuple(
  fc.constantFrom(
    'tasks',
    'events',
    'queues',
    'workers',
    'definitions',
    'closes',
    'calls',
    'passes',
    'reads',
    'hangs',
  ),
  fc.nat(20),
);

test('a feed that is closed is told of nothing more, and leaves no timer, whatever was on its way', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25, size: 'max' }), async (steps) => {
      const world = await setup();
      await world.turn();
      const { monitor } = world.broker;
      const usual = world.clock.timers;
      const feeds: { readonly feed: Feed; readonly inbox: FeedInbox }[] = [];
      const closed: { readonly inbox: FeedInbox; readonly told: number }[] = [];
      const close = (one: { readonly feed: Feed; readonly inbox: FeedInbox }): void => {
        one.feed.close();
        one.feed.close();
        closed.push({ inbox: one.inbox, told: one.inbox.items.length });
      };
      let calls = 0;
      for (const [what, number] of steps) {
        const inbox = new FeedInbox();
        const one = feeds[number % Math.max(1, feeds.length)];
        if (what === 'tasks') {
          const subject = SUBJECTS[number % SUBJECTS.length] ?? null;
          const whose = subject === null ? ('all' as const) : { subject };
          feeds.push({ feed: monitor.openTasks([1, {}, 5], whose, inbox), inbox });
        } else if (what === 'events') feeds.push({ feed: monitor.openEvents([1, null, null], inbox), inbox });
        else if (what === 'queues' || what === 'workers' || what === 'definitions')
          feeds.push({ feed: monitor.openTable(1, what, inbox), inbox });
        else if (what === 'closes') for (const gone of feeds.splice(number, 1)) close(gone);
        else if (what === 'calls')
          await world.newCaller({ subject: SUBJECTS[number % SUBJECTS.length] ?? null }).calls(`t${calls++}`);
        else if (what === 'passes') await world.clock.advance(number * 20);
        else if (what === 'hangs') one?.inbox.hangs();
        else one?.inbox.reads();
        await world.turn();
      }
      for (const gone of feeds.splice(0)) close(gone);
      for (const { inbox } of closed) inbox.reads();
      expect(monitor.feeds).toBe(0);
      await world.turn();
      expect(world.clock.timers).toBe(usual);
      await world.caller.calls('another');
      await world.clock.advance(2_000);
      expect(closed.map(({ inbox }) => inbox.items.length)).toEqual(closed.map(({ told }) => told));
    }),
    { numRuns: 40 },
  );
});
