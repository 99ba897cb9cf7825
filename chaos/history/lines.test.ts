import { ManualClock } from '@celeriac/runtime/testing';
import { describe, expect, test } from 'vitest';
import { Story } from '../test/story.ts';
import type { Entry } from './entry.ts';
import { HistoryRecorder } from './history-recorder.ts';
import { readHistories, toLine } from './lines.ts';

const text = (entries: readonly Entry[]): string => entries.map(toLine).join('');

describe('histories as lines', () => {
  test('come back as they were, one process after the other, in order of time', () => {
    const { entries } = new Story()
      .lives('a')
      .prevents('b', 40)
      .strikes('cut', 'worker-1', 50, 50)
      .leaves(60, {});
    const files = new Map(
      [...new Set(entries.map(({ by }) => by))].map((by) => [by, ''] as [string, string]),
    );
    for (const entry of entries) files.set(entry.by, files.get(entry.by) + toLine(entry));
    const read = readHistories(files);
    expect(read).toHaveLength(entries.length);
    expect(new Set(read)).toEqual(new Set(entries));
    expect(read.map(({ at }) => at)).toEqual(entries.map(({ at }) => at));
  });

  test('may end in half a line, as a killed process leaves it', () => {
    const { entries } = new Story().drains(5);
    const cut = text(entries).slice(0, -10);
    expect(readHistories(new Map([['nemesis', cut]]))).toEqual(entries.slice(0, -1));
  });

  test('are refused by file and line where one is no JSON', () => {
    const files = new Map([['client-1', 'half a li\n{}\n']]);
    expect(() => readHistories(files)).toThrow('client-1:1: expected a line of JSON, got: half a li');
  });

  test.each([
    ['an unknown kind', { kind: 'other' }, 'expected kind to be one that is known'],
    ['no time', { kind: 'milestone', name: 'healed', at: 'soon' }, 'expected at to be otherwise'],
    ['an unknown fault', { kind: 'fault', phase: 'begin', number: 1, fault: 'rain', target: 'x' }, 'fault'],
    [
      'a call without its facts',
      { kind: 'operation', op: 'submit', phase: 'invoke', number: 1, id: 'a' },
      'call',
    ],
  ])('are refused where one has %s', (_, fields, why) => {
    const line = `${JSON.stringify({ at: 1, wall: 1, by: 'x', ...fields })}\n`;
    expect(() => readHistories(new Map([['x', line]]))).toThrow(why);
  });
});

test('a recorder stamps what it is told, and counts its operations', () => {
  const clock = new ManualClock();
  const entries: Entry[] = [];
  const recorder = new HistoryRecorder('nemesis', clock, (entry) => entries.push(entry));
  recorder.say({ kind: 'milestone', name: 'healed' });
  expect(entries).toEqual([
    { at: clock.monotonic(), wall: clock.now(), by: 'nemesis', kind: 'milestone', name: 'healed' },
  ]);
  expect([recorder.next(), recorder.next()]).toEqual([1, 2]);
});
