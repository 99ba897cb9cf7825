import { NotAcceptedError } from '@celeriac/protocol';
import { encodeFailure } from '@celeriac/protocol/internal';
import { beforeEach, expect, test } from 'vitest';
import { standing, TestApp } from '../test/app.ts';
import { transition } from '../test/fake-gateway.ts';
import { ResultSet } from './result-set.ts';

let t: TestApp;
let set: ResultSet;
beforeEach(async () => {
  t = new TestApp();
  set = new ResultSet(['a', 'b', 'c'].map((taskId) => t.app.sendTask('add', [], { taskId })));
  await t.welcome();
  t.session.accept('a', 'b', 'c');
});

const succeed = (id: string, value: number): void =>
  void t.session.events(transition(id, 2, 'SUCCESS', { body: String(value) }));
const fail = (id: string): void =>
  void t.session.events(
    transition(id, 2, 'FAILURE', {
      body: String(encodeFailure({ name: 'TypeError', message: `bad ${id}` })),
    }),
  );

test('gives values in the order of its handles', async () => {
  const [got, joined] = [set.get(), set.join({ timeout: 5 })];
  succeed('c', 3);
  succeed('a', 1);
  expect(await standing(got)).toBe('pending');
  expect([set.completedCount(), set.waiting(), set.ready()]).toEqual([2, true, false]);
  succeed('b', 2);
  expect([await got, await joined]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  expect([set.ready(), set.successful(), set.failed()]).toEqual([true, true, false]);
});

test('get rejects with what fails first, join with the first in order', async () => {
  const [got, joined] = [set.get(), set.join()];
  fail('c');
  await expect(got).rejects.toThrow('bad c');
  expect(await standing(joined)).toBe('pending');
  fail('a');
  await expect(joined).rejects.toThrow('bad a');
  succeed('b', 2);
  expect(await set.get({ propagate: false })).toMatchObject([{ message: 'bad a' }, 2, { message: 'bad c' }]);
  expect([set.failed(), set.successful()]).toEqual([true, false]);
});

test('tells a callback: join in the order of the set, get as tasks end', async () => {
  const told: string[] = [];
  const callback = (by: string) => (id: string, value: unknown) => void told.push(`${by} ${id} ${value}`);
  const waits = [set.get({ callback: callback('get') }), set.join({ callback: callback('join') })];
  succeed('c', 3);
  await t.turn();
  succeed('a', 1);
  succeed('b', 2);
  expect(await Promise.all(waits)).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  expect(told.filter((line) => line.startsWith('get'))).toEqual(['get c 3', 'get a 1', 'get b 2']);
  expect(told.filter((line) => line.startsWith('join'))).toEqual(['join a 1', 'join b 2', 'join c 3']);
  const broken = () => {
    throw new Error('not that');
  };
  await expect(set.join({ callback: broken })).rejects.toThrow('not that');
});

test('has one deadline', async () => {
  const got = set.join({ timeout: 5 });
  await t.clock.advance(3_000);
  succeed('a', 1);
  await t.clock.advance(2_000);
  expect(await standing(got)).toMatchObject(['rejected', { name: 'TimeoutError', taskId: 'b' }]);
});

test('gives its handles as they end, however they end', async () => {
  const ended: string[] = [];
  const walked = (async () => {
    for await (const { id } of set) ended.push(id);
  })();
  fail('b');
  await t.turn();
  expect(ended).toEqual(['b']);
  succeed('c', 3);
  succeed('a', 1);
  await walked;
  expect(ended).toEqual(['b', 'c', 'a']);
});

test('does not wait for what will never end', async () => {
  set.add(t.app.sendTask('add', [], { taskId: 'd' }));
  await t.turn();
  const walked = (async () => {
    for await (const _ of set);
  })();
  t.session.receipts(['d', 0, 'FORBIDDEN', 'no', null]);
  await expect(walked).rejects.toBeInstanceOf(NotAcceptedError);
});

test('is let go by its signal', async () => {
  const stop = new AbortController();
  const got = set.get({ signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(got).rejects.toThrow('enough');
  await expect(set.get({ signal: stop.signal })).rejects.toThrow('enough');
});

test('takes each handle once, and revokes and forgets them all', async () => {
  const [first] = set.results;
  if (first === undefined) throw new Error('empty');
  expect([set.add(first).length, set.remove(first), set.remove(first), set.length]).toEqual([
    3,
    true,
    false,
    2,
  ]);
  const [revoked, forgotten] = [set.revoke(), set.forget()];
  await t.turn();
  t.session.revokes[0]?.answer({ ok: ['prevented', 'revoked'] });
  t.session.forgets[0]?.answer({ ok: [true, false] });
  expect([await revoked, await forgotten]).toEqual([
    ['prevented', 'revoked'],
    [true, false],
  ]);
});
