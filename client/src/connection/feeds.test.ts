import type { FeedItem } from '@celeriac/protocol/internal';
import { ManualClock } from '@celeriac/runtime/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FeedReader, Feeds } from './feeds.ts';
import { ProcessHold } from './process-hold.ts';

/** A reader that leaves when it is failed, as a store does whose last listener goes, or stays. */
function reader(feeds: Feeds, leaves: boolean): FeedReader & { heard: number } {
  const one = {
    heard: 0,
    open: (feed: number) => [feed, 'workers'] as const,
    receive: () => {
      one.heard += 1;
    },
    away: () => {},
    fail: () => {
      if (leaves) feeds.leave(one);
    },
  };
  return one;
}

const rows = (feed: number): FeedItem => [
  feed,
  'rows',
  { replaces: true, last: true, rows: [], gone: [], more: false },
];
const refused = (feed: number): FeedItem => [
  feed,
  'refused',
  { code: 'FORBIDDEN', message: 'no', retryAfterMs: null },
];

const which = fc.nat(20);
const step = fc.oneof(
  fc.tuple(fc.constantFrom('reads', 'reads on'), fc.constant(0)),
  fc.tuple(fc.constantFrom('leaves', 'comes back', 'told', 'refused', 'unreadable'), which),
  fc.tuple(fc.constantFrom('sent', 'away', 'session', 'over', 'reopened'), fc.constant(0)),
);

test('holds the process while somebody reads, and closes at the gateway what it has opened', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), fc.boolean(), (steps, ended) => {
      const clock = new ManualClock();
      const hold = new ProcessHold(clock);
      const feeds = new Feeds(hold, () => {});
      const readers: (FeedReader & { heard: number })[] = [];
      /** As the gateway counts them. */
      let open = new Set<number>();
      const send = (): void => {
        const { closes, opens } = feeds.takeFrames();
        // One may be refused while it is closed.
        for (const feed of closes.flat()) open.delete(feed);
        for (const [feed] of opens.flat()) {
          expect(open.has(feed)).toBe(false);
          open.add(feed);
        }
      };
      for (const [what, number] of steps) {
        const one = readers[number % Math.max(1, readers.length)];
        const feed = [...open][number % Math.max(1, open.size)] ?? 0;
        if (what === 'reads' || what === 'reads on') {
          const made = reader(feeds, what === 'reads');
          readers.push(made);
          feeds.read(made);
        } else if (what === 'leaves' && one !== undefined) feeds.leave(one);
        else if (what === 'comes back' && one !== undefined) feeds.read(one);
        else if (what === 'told') feeds.receive([rows(feed)]);
        else if (what === 'refused') {
          open.delete(feed);
          feeds.receive([refused(feed)]);
        } else if (what === 'unreadable') feeds.giveUp(feed, new Error('not read'));
        else if (what === 'sent') send();
        else if (what === 'away' || what === 'session') {
          open = new Set();
          if (what === 'away') feeds.away();
          else feeds.resume();
        } else if (what === 'over') feeds.end(new Error('closed'));
        else if (what === 'reopened') feeds.reopen();
      }
      if (ended) feeds.end(new Error('closed'));
      else for (const one of readers) feeds.leave(one);
      expect([hold.held, clock.timers]).toEqual([0, 0]);
      const opened = [...open];
      send();
      expect([...open]).toEqual([]);
      const heard = readers.map((one) => one.heard);
      feeds.receive(opened.map(rows));
      expect(readers.map((one) => one.heard)).toEqual(heard);
      expect(feeds.takeFrames()).toEqual({ closes: [], opens: [] });
    }),
  );
});
