import type { TaskSelf } from '@celeriac/client';
import { INSIDE, type InsideTask } from '@celeriac/client/hosting';
import type { SettledItem } from '@celeriac/protocol/internal';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assignment } from '../../test/assignment.ts';
import { FakeApp } from '../../test/fake-app.ts';
import { Gate } from '../../test/gate.ts';
import { Workplace } from '../../test/workplace.ts';

let place: Workplace;
beforeEach(async () => {
  place = await Workplace.open();
});
afterEach(() => place.close());

test('a run that timed out is reported at once, and keeps its slot until its body is gone', async () => {
  const gate = new Gate();
  void place
    .make(
      new FakeApp().task('wait', (label: string) => gate.wait(label)),
      { concurrency: 1, prefetch: 1 },
    )
    .start();
  const { peer } = await place.gateway.welcome();
  peer.assign(assignment('wait', ['deaf'], { timeLimitMs: 1 }), assignment('wait', ['next']));
  const [[, , , outcome]] = (await peer.settled(1)) as [SettledItem];
  expect(outcome[0]).toBe('timed-out');
  expect(await peer.next('capacity')).toBe(1);
  expect(gate.labels).toEqual(['deaf']);
  gate.open('deaf');
  await gate.entered(2);
  expect(await peer.next('capacity')).toBe(2);
  gate.open('next');
  const [[, , , after]] = (await peer.settled(1)) as [SettledItem];
  expect(after).toEqual(['success', '"next"']);
});

test('never runs more bodies than it has slots, and keeps the order of arrival', async () => {
  const gate = new Gate();
  void place
    .make(
      new FakeApp().task('wait', (label: string) => gate.wait(label)),
      { concurrency: 2 },
    )
    .start();
  const { peer } = await place.gateway.welcome();
  peer.assign(...['a', 'b', 'c', 'd'].map((nonce) => assignment('wait', [nonce], { nonce })));
  expect(await peer.next('started')).toEqual(['a', 'b']);
  await gate.entered(2);
  gate.open('b');
  expect(await peer.next('started')).toEqual(['c']);
  gate.open('a');
  expect(await peer.next('started')).toEqual(['d']);
});

test('ignores an assignment that it holds, or has reported without an ack', async () => {
  place.gateway.acks = false;
  let runs = 0;
  const gate = new Gate();
  const app = new FakeApp().task('quick', () => ++runs).task('wait', () => gate.wait('a'));
  void place.make(app).start();
  const { peer } = await place.gateway.welcome();
  const quick = assignment('quick');
  const waiting = assignment('wait');
  peer.assign(quick, waiting);
  const first = await peer.settled(1);
  peer.assign(quick, waiting, assignment('quick', [], { nonce: 'last' }));
  const next = await peer.settled(1);
  expect(next.map(([nonce]) => nonce)).toEqual(['last']);
  expect(runs).toBe(2);
  peer.ack([...first, ...next]);
});

test('a body that waits for another task lends its slot, also to that task', async () => {
  const gate = new Gate();
  const outer = async (self: TaskSelf & { readonly [INSIDE]: InsideTask }): Promise<string> => {
    self[INSIDE].called('inner-id');
    const end = self[INSIDE].wait();
    const inner = await gate.wait('inner has settled');
    end();
    end();
    await gate.wait('outer goes on');
    return inner;
  };
  const app = new FakeApp().task('outer', outer, { bind: true }).task('inner', () => 'inner');
  void place.make(app, { concurrency: 1, prefetch: 0 }).start();
  const { peer, hello } = await place.gateway.welcome();
  expect(hello.capacity).toBe(1);
  peer.assign(assignment('outer', [], { nonce: 'outer', id: 'outer-id' }));
  expect(await peer.next('capacity')).toBe(2);
  peer.assign(assignment('inner', [], { nonce: 'inner', id: 'inner-id' }));
  expect(await peer.settled(1)).toEqual([['inner', 'inner-id', 1, ['success', '"inner"']]]);
  gate.open('inner has settled');
  expect(await peer.next('capacity')).toBe(1);
  peer.assign(assignment('inner', [], { nonce: 'next' }));
  await gate.entered(2);
  gate.open('outer goes on');
  const [settled, next] = await peer.settled(2);
  expect(settled).toEqual(['outer', 'outer-id', 1, ['success', '"inner has settled"'], ['inner-id']]);
  expect(next?.[0]).toBe('next');
});

test('a body takes its slot back at once, and one that ends while it waits gives it back once', async () => {
  const gate = new Gate();
  const lend = async (self: TaskSelf & { readonly [INSIDE]: InsideTask }, label: string): Promise<string> => {
    const end = self[INSIDE].wait();
    await gate.wait(label);
    if (label === 'forgets') return label;
    end();
    return gate.wait(`${label} again`);
  };
  const hold = (label: string): Promise<string> => gate.wait(label);
  const app = new FakeApp().task('lend', lend, { bind: true }).task('hold', hold);
  void place.make(app, { concurrency: 1, prefetch: 5 }).start();
  const { peer } = await place.gateway.welcome();
  peer.assign(assignment('lend', ['lends']), assignment('hold', ['borrows']), assignment('hold', ['third']));
  await gate.entered(2);
  expect(gate.labels).toEqual(['lends', 'borrows']);
  gate.open('lends');
  await gate.entered(3);
  expect(gate.labels[2]).toBe('lends again');
  gate.open('borrows');
  await peer.settled(1);
  gate.open('lends again');
  await gate.entered(4);
  expect(gate.labels[3]).toBe('third');
  gate.open('third');
  await peer.settled(2);
  peer.assign(assignment('lend', ['forgets']));
  await gate.entered(5);
  gate.open('forgets');
  await peer.settled(1);
  peer.assign(assignment('hold', ['one']), assignment('hold', ['two']));
  await gate.entered(6);
  gate.open('one');
  await gate.entered(7);
  expect(gate.labels.slice(5)).toEqual(['one', 'two']);
  gate.open('two');
});
