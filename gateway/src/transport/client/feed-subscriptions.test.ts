import type { FeedItem } from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Feed } from '../../broker/monitor/feed.ts';
import type { MonitorFeeds } from '../../broker/monitor/monitor.ts';
import { Telemetry } from '../../events/telemetry.ts';
import { Audit } from '../audit.ts';
import { type Grant, OPEN_GRANT } from '../auth/grant.ts';
import type { ClientSocket } from './client-socket.ts';
import { FeedSubscriptions } from './feed-subscriptions.ts';
import type { Outgoing } from './outgoing.ts';

const GRANTS: readonly Grant[] = [['admin:read'], ['read:own'], []].map((scopes) => ({
  ...OPEN_GRANT,
  subject: 'ann',
  scopes,
}));

const step = fc.tuple(
  fc.constantFrom('tasks', 'workers', 'events', 'closes', 'closes', 'other token'),
  fc.nat(20),
);

test('a client that is gone, or may see it no more, has no feed open at the monitor', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), fc.boolean(), (steps, leaves) => {
      const open = new Set<Feed>();
      const start = (): Feed => {
        const feed: Feed = { close: () => expect(open.delete(feed)).toBe(true) };
        open.add(feed);
        return feed;
      };
      const monitor = { openTasks: start, openEvents: start, openTable: start };
      const socket = { connected: true, data: { grant: GRANTS[0] ?? OPEN_GRANT, frameLimit: 1024 * 1024 } };
      const refused: number[] = [];
      const outgoing = {
        sendFeeds: (items: readonly FeedItem[]) =>
          refused.push(...items.flatMap(([number, kind]) => (kind === 'refused' ? [number] : []))),
      };
      const audit = new Audit(new Telemetry(), 'somewhere', () => socket.data.grant);
      const subscriptions = new FeedSubscriptions(
        socket as unknown as ClientSocket,
        monitor as unknown as MonitorFeeds,
        outgoing as unknown as Outgoing,
        audit,
      );
      const wanted = new Set<number>();
      let last = 0;
      for (const [what, number] of steps) {
        if (what === 'closes') {
          subscriptions.close([number]);
          wanted.delete(number);
        } else if (what === 'other token') {
          socket.data.grant = GRANTS[number % GRANTS.length] ?? OPEN_GRANT;
          subscriptions.authorizeAnew();
        } else {
          last += 1;
          wanted.add(last);
          if (what === 'workers') subscriptions.open([[last, what]]);
          else if (what === 'events') subscriptions.open([[last, what, null, null]]);
          else subscriptions.open([[last, what, {}, 10]]);
        }
        for (const gone of refused.splice(0)) wanted.delete(gone);
        expect(open.size).toBe(wanted.size);
      }
      if (leaves) subscriptions.clear();
      else {
        socket.data.grant = GRANTS[2] ?? OPEN_GRANT;
        subscriptions.authorizeAnew();
      }
      expect(open.size).toBe(0);
      socket.connected = false;
      subscriptions.open([[last + 1, 'workers']]);
      expect(open.size).toBe(0);
    }),
  );
});
