import { ManualClock } from '@celeriac/runtime/testing';
import { expect, test } from 'vitest';
import { Celeriac } from '../celeriac.ts';

function eager() {
  const clock = new ManualClock();
  return { clock, app: new Celeriac({ clock, alwaysEager: true }) };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

test('a generator that runs in this process is read like one that runs elsewhere', async () => {
  const { app } = eager();
  const count = app.task('count', function* (upTo: number) {
    for (let number = 0; number < upTo; number++) yield number;
    return 'done';
  });
  const res = count.delay(3);
  const told: number[] = [];
  for await (const number of res.stream()) told.push(number);
  expect(told).toEqual([0, 1, 2]);
  expect(await res.get()).toBe('done');
});

test('a body waits for its slowest reader, until that has taken nothing for too long', async () => {
  const { app, clock } = eager();
  let given = 0;
  const count = app.task('count', async function* () {
    while (given < 10_000) yield given++;
  });
  const res = count.delay();
  const loop = res.stream();
  const first = loop.next();
  for (let turn = 0; turn < 500; turn++) await turns();
  expect(await first).toMatchObject({ value: 0 });
  const held = given;
  expect(held).toBeLessThan(1_000);
  await turns();
  expect(given).toBe(held);
  await clock.advance(31_000);
  for (let turn = 0; turn < 5_000 && given < 10_000; turn++) await turns();
  expect(given).toBe(10_000);
  // What is not kept any more is told by number.
  const gaps: unknown[] = [];
  let seen = 1;
  for await (const _ of res.stream({ onGap: (gap) => gaps.push(gap) })) seen += 1;
  expect(gaps).toEqual([{ from: 0, missed: 10_000 - 4_096 }]);
  expect(seen).toBe(4_097);
});

test('a retry begins the stream anew', async () => {
  const { app } = eager();
  const shy = app.task('shy', { bind: true, defaultRetryDelay: 0 }, async function* (self) {
    yield `try ${self.request.retries}`;
    await turns();
    if (self.request.retries === 0) self.retry();
  });
  const told: string[] = [];
  const onRestart = ({ attempt, reason }: { attempt: number; reason: string }) =>
    told.push(`attempt ${attempt} (${reason})`);
  for await (const chunk of shy.delay().stream({ onRestart })) told.push(chunk);
  expect(told).toEqual(['try 0', 'attempt 2 (retry)', 'try 1']);
});

test('a task that has ended waits for no reader', async () => {
  const { app, clock } = eager();
  const flood = app.task('flood', { bind: true }, (self) => {
    for (let chunk = 0; chunk < 300; chunk++) void self.emit(chunk);
    return turns();
  });
  const res = flood.delay();
  const loop = res.stream();
  expect(await loop.next()).toMatchObject({ value: 0 });
  await res.get();
  await turns();
  // That of the loop, which keeps the process alive.
  expect(clock.timers).toBe(1);
  expect(await loop.next()).toMatchObject({ value: 1 });
  expect(clock.timers).toBe(1);
  let seen = 2;
  for await (const _ of loop) seen += 1;
  expect(seen).toBe(300);
});
