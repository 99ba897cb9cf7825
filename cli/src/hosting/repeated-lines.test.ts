import { ManualClock } from '@celeriac/runtime/testing';
import { expect, test } from 'vitest';
import { RepeatedLines } from './repeated-lines.ts';

function setup() {
  const clock = new ManualClock();
  const lines = new RepeatedLines(clock);
  const told: string[] = [];
  const tell = (kind: string, count = 1): void =>
    lines.tell(
      kind,
      count,
      () => told.push(`${kind} first of ${count}`),
      (more) => told.push(`${kind} ${more} more`),
    );
  return { clock, tell, told };
}

test('a flood of one kind is one line at once and one a second, and none is left out of the count', async () => {
  const { clock, tell, told } = setup();
  for (let second = 0; second < 3; second++) {
    for (let one = 0; one < 1_000; one++) tell('FORBIDDEN');
    await clock.advance(1_000);
  }
  expect(told).toEqual([
    'FORBIDDEN first of 1',
    'FORBIDDEN 999 more',
    'FORBIDDEN 1000 more',
    'FORBIDDEN 1000 more',
  ]);
});

test('kinds are told of apart', async () => {
  const { clock, tell, told } = setup();
  tell('FORBIDDEN', 5);
  tell('OVERLOADED');
  tell('OVERLOADED', 2);
  await clock.advance(1_000);
  expect(told).toEqual(['FORBIDDEN first of 5', 'OVERLOADED first of 1', 'OVERLOADED 2 more']);
});

test('after a quiet second the next one is told of whole again', async () => {
  const { clock, tell, told } = setup();
  tell('FORBIDDEN');
  await clock.advance(1_000);
  tell('FORBIDDEN');
  await clock.advance(2_000);
  expect(told).toEqual(['FORBIDDEN first of 1', 'FORBIDDEN first of 1']);
});
