import type { EventItem } from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Bus, type Subscriber } from './bus.ts';

function started(id: string, sequence: number): EventItem {
  return [id, sequence, 0, 'STARTED', 'started', 1, 'w', 0, null];
}

function ended(id: string, sequence: number): EventItem {
  return [id, sequence, 0, 'SUCCESS', 'completed', 1, 'w', 0, '4'];
}

/** What the bus is told of a change: its events, made only where somebody watches. */
function publish(bus: Bus, ...events: readonly EventItem[]): void {
  const [first] = events;
  if (first !== undefined) bus.publish(first[0], () => events);
}

function recorder(): Subscriber & { readonly got: readonly EventItem[] } {
  const got: EventItem[] = [];
  return { got, deliver: (event) => got.push(event) };
}

describe('the bus', () => {
  test('delivers what a task does to those who watch it, in order, and to nobody else', () => {
    const bus = new Bus();
    const [one, both, other] = [recorder(), recorder(), recorder()];
    bus.watch('1', one);
    bus.watch('1', both);
    bus.watch('2', both);
    bus.watch('3', other);
    publish(bus, started('1', 2));
    publish(bus, started('2', 2));
    publish(bus, started('1', 3));
    expect(one.got).toEqual([started('1', 2), started('1', 3)]);
    expect(both.got).toEqual([started('1', 2), started('2', 2), started('1', 3)]);
    expect(other.got).toEqual([]);
  });

  test('delivers once to one who watches twice', () => {
    const bus = new Bus();
    const one = recorder();
    bus.watch('1', one);
    bus.watch('1', one);
    publish(bus, started('1', 2));
    expect(one.got).toHaveLength(1);
  });

  test.each([[1], [2], [3]])('ends the watches of %d watchers with the end of the task', (count) => {
    const bus = new Bus();
    const watchers = Array.from({ length: count }, recorder);
    for (const watcher of watchers) bus.watch('1', watcher);
    publish(bus, started('1', 2), ended('1', 3));
    publish(bus, started('1', 4));
    for (const watcher of watchers) expect(watcher.got).toEqual([started('1', 2), ended('1', 3)]);
  });

  test('does not take progress for an end', () => {
    const bus = new Bus();
    const one = recorder();
    bus.watch('1', one);
    publish(bus, ['1', 2, 0, null, 'SUCCESS', '1']);
    publish(bus, started('1', 3));
    expect(one.got).toHaveLength(2);
  });

  test('delivers nothing to one who left, and still to the others', () => {
    const bus = new Bus();
    const [one, other, third] = [recorder(), recorder(), recorder()];
    for (const watcher of [one, other, third]) bus.watch('1', watcher);
    bus.unwatch('1', one);
    bus.unwatch('1', one);
    bus.unwatch('never watched', one);
    publish(bus, started('1', 2));
    expect([one.got.length, other.got.length, third.got.length]).toEqual([0, 1, 1]);
    bus.unwatch('1', other);
    bus.unwatch('1', third);
    bus.publish('1', () => {
      throw new Error('somebody watches');
    });
  });

  test('makes no events where nobody watches', () => {
    const bus = new Bus();
    bus.watch('2', recorder());
    bus.publish('1', () => {
      throw new Error('somebody watches');
    });
  });

  test('is not ended for others by one who never watched', () => {
    const bus = new Bus();
    const one = recorder();
    bus.watch('1', one);
    bus.unwatch('1', recorder());
    publish(bus, started('1', 2));
    expect(one.got).toHaveLength(1);
  });
});

test('no task is watched once everybody has left or its end was told', () => {
  const step = fc.tuple(fc.constantFrom('watch', 'unwatch', 'goes on', 'ends'), fc.nat(2), fc.nat(2));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const bus = new Bus();
      const told: string[] = [];
      const subscribers = [0, 1, 2].map((number) => ({
        deliver: ([id]: EventItem) => void told.push(`${number} ${id}`),
      }));
      const watching = new Set<string>();
      for (const [what, task, number] of steps) {
        const id = `t${task}`;
        const subscriber = subscribers[number];
        if (subscriber === undefined) continue;
        if (what === 'watch' || what === 'unwatch') {
          bus[what](id, subscriber);
          if (what === 'watch') watching.add(`${number} ${id}`);
          else watching.delete(`${number} ${id}`);
          continue;
        }
        const wanted = [...watching].filter((one) => one.endsWith(id)).sort();
        told.length = 0;
        bus.publish(id, () => [
          what === 'ends'
            ? [id, 2, 0, 'SUCCESS', 'completed', 1, 'w', 0, '1']
            : [id, 1, 0, null, 'DOING', '1'],
        ]);
        expect([...told].sort()).toEqual(wanted);
        if (what === 'ends') for (const one of wanted) watching.delete(one);
        expect(bus.size).toBe(new Set([...watching].map((one) => one.slice(2))).size);
      }
      for (const subscriber of subscribers) for (const id of ['t0', 't1', 't2']) bus.unwatch(id, subscriber);
      expect(bus.size).toBe(0);
    }),
  );
});
