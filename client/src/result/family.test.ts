/** A handle's relatives, its arguments, and what can be dropped of it. */

import { OptionError, ResultGoneError } from '@celeriac/protocol';
import { CHILDREN, CHILDREN_SHOWN, MORE_CHILDREN } from '@celeriac/protocol/internal';
import { beforeEach, expect, test } from 'vitest';
import { standing, TestApp } from '../test/app.ts';
import { progress, snapshot, transition, unknown } from '../test/fake-gateway.ts';
import type { AsyncResult } from './async-result.ts';

let t: TestApp;
beforeEach(() => {
  t = new TestApp();
});

async function accepted(): Promise<AsyncResult<number>> {
  const result = t.app.sendTask<number>('add', [1, 2], { taskId: 'a' });
  await t.welcome();
  t.session.accept('a');
  return result;
}

const ended = (
  id: string,
  value: unknown,
  children: readonly string[] = [],
  parentId: string | null = null,
) =>
  snapshot(id, {
    sequence: 2,
    state: 'SUCCESS',
    body: JSON.stringify(value),
    args: '[1]',
    rootId: 'a',
    parentId,
    children,
    history: [
      ['PENDING', 'submitted', 1_000, 0, null],
      ['SUCCESS', 'completed', 2_000, 1, 'w1'],
    ],
  });

test('children come with the end', async () => {
  const result = await accepted();
  expect(result.children).toEqual([]);
  t.session.events(transition('a', 2, 'SUCCESS', { body: '3', children: ['b', 'c'] }));
  expect(result.children.map(({ id }) => id)).toEqual(['b', 'c']);
  expect(result.children).toBe(result.children);
  expect(result.snapshot().children).toEqual(['b', 'c']);
});

test('more children than are kept are told of, in the handle, the snapshot and the walk', async () => {
  const result = await accepted();
  const ids = Array.from({ length: CHILDREN }, (_, position) => `child-${position}`);
  expect(result.moreChildren).toBe(false);
  t.session.events(transition('a', 2, 'SUCCESS', { body: '3', children: ids }));
  expect([result.children.length, result.moreChildren]).toEqual([CHILDREN_SHOWN, true]);
  expect(result.children).toBe(result.children);
  const { children, moreChildren } = result.snapshot();
  expect([children, moreChildren]).toEqual([ids.slice(0, CHILDREN_SHOWN), true]);
  const walked: string[] = [];
  const walk = (async () => {
    for await (const [, node] of result.iterdeps()) walked.push(node.id);
  })();
  walk.catch(() => {});
  while ((await standing(walk)) === 'pending') {
    await t.turn();
    const asked = t.session.sent('watch').flatMap(({ tasks }) => tasks.map(([id]) => id));
    t.session.frames.length = 0;
    t.session.snapshots(...asked.map((id) => ended(id, 1, [], 'a')));
  }
  await expect(walk).rejects.toThrow(
    'task a called more tasks than the 1000 that are known, so this iteration is not complete',
  );
  expect(walked).toEqual(['a', ...ids.slice(0, CHILDREN_SHOWN)]);
});

test('a walk waits for a child whose call is on its way still, as long as one may be', async () => {
  const result = await accepted();
  const now = t.clock.now();
  const collect = async (): Promise<unknown[]> => {
    const values: unknown[] = [];
    for await (const [, value] of result.collect()) values.push(value);
    return values;
  };
  const walk = collect();
  t.session.events(transition('a', 2, 'SUCCESS', { at: now, body: '3', children: ['b'] }));
  await t.turn();
  t.session.snapshots(unknown('b'));
  expect(await standing(walk)).toBe('pending');
  t.session.events(transition('b', 1, 'PENDING', { at: now }));
  t.session.events(transition('b', 2, 'SUCCESS', { at: now, body: '7', children: ['c'] }));
  await t.turn();
  t.session.snapshots(unknown('c'));
  expect(await standing(walk)).toBe('pending');
  await t.clock.advance(29_999);
  expect(await standing(walk)).toBe('pending');
  await t.clock.advance(1);
  await expect(walk).rejects.toThrow('no task has the id c');
});

test('a walk does not wait for a child that is gone', async () => {
  const result = await accepted();
  const walk = result.getLeaf();
  t.session.events(transition('a', 2, 'SUCCESS', { at: t.clock.now() - 30_000, body: '3', children: ['b'] }));
  await t.turn();
  t.session.snapshots(unknown('b'));
  await expect(walk).rejects.toThrow('no task has the id b');
});

test('children that a report had no room for are told of likewise', async () => {
  const result = await accepted();
  t.session.events(transition('a', 2, 'SUCCESS', { body: '3', children: ['b', MORE_CHILDREN, 'c'] }));
  expect(result.children.map(({ id }) => id)).toEqual(['b', 'c']);
  expect(result.moreChildren).toBe(true);
  expect(result.snapshot()).toMatchObject({ children: ['b', 'c'], moreChildren: true });
});

test("another's task tells its arguments and its parent", async () => {
  const result = t.app.AsyncResult('b');
  expect([result.args, result.parent]).toEqual([undefined, null]);
  await t.welcome();
  t.session.snapshots(ended('b', 1, [], 'a'));
  expect([result.args, result.parent?.id]).toEqual([[1], 'a']);
  expect(result.parent).toBe(result.parent);
});

test('arguments of an own call that ended are asked for', async () => {
  const result = await accepted();
  t.session.events(transition('a', 2, 'SUCCESS', { body: '3' }));
  const refreshed = result.refresh();
  await t.turn();
  t.session.gets[0]?.answer({ ok: [{ ...ended('a', 3), args: '[1,2]' }] });
  expect(await refreshed).toMatchObject({ state: 'SUCCESS', result: 3, rootId: 'a' });
  expect(result.args).toEqual([1, 2]);
});

test('a tuple is a handle as plain data', async () => {
  const tuple = [['b', [['a', null], null]], null] as const;
  const result = t.app.resultFromTuple(tuple);
  expect([result.id, result.parent?.id]).toEqual(['b', 'a']);
  expect(JSON.parse(JSON.stringify(result.asTuple()))).toEqual(tuple);
  expect(() => Reflect.apply(t.app.resultFromTuple, t.app, ['b'])).toThrow(OptionError);
});

test('exists says whether the gateway has it', async () => {
  const [there, nowhere] = [t.app.AsyncResult('b').exists(), t.app.AsyncResult('nobody').exists()];
  await t.welcome();
  t.session.gets[0]?.answer({ ok: [ended('b', 1), unknown('nobody')] });
  expect([await there, await nowhere]).toEqual([true, false]);
});

test('what is forgotten is gone here as well', async () => {
  const result = await accepted();
  t.session.events(transition('a', 2, 'SUCCESS', { body: '3' }));
  const [first, second] = [result.forget(), t.app.AsyncResult('b').forget()];
  await t.turn();
  expect(t.session.forgets[0]?.ids).toEqual(['a', 'b']);
  t.session.forgets[0]?.answer({ ok: [true, false] });
  expect([await first, await second]).toEqual([true, false]);
  expect([result.state, result.result]).toEqual(['SUCCESS', undefined]);
  await expect(result.get()).rejects.toBeInstanceOf(ResultGoneError);
});

test('onMessage hears every change while get() waits, of this task only', async () => {
  const result = await accepted();
  const seen: unknown[] = [];
  const value = result.get({ onMessage: ({ id, state, info }) => seen.push([id, state, info]) });
  const other = t.app.sendTask('add', [], { taskId: 'other' });
  await t.turn();
  t.session.accept('other');
  t.session.events(
    transition('a', 2, 'STARTED'),
    progress('other', 1, 'WORKING', 1),
    progress('a', 2, 'WORKING', 7),
    transition('a', 3, 'SUCCESS', { body: '3' }),
  );
  expect(await value).toBe(3);
  expect(other.state).toBe('WORKING');
  expect(seen).toEqual([
    ['a', 'STARTED', undefined],
    ['a', 'WORKING', 7],
    ['a', 'SUCCESS', 3],
  ]);
});

test('collect walks over the descendants, each when it has ended', async () => {
  const result = await accepted();
  const collected: unknown[] = [];
  const walked = (async () => {
    for await (const [{ id }, value] of result.collect()) collected.push([id, value]);
  })();
  t.session.events(transition('a', 2, 'SUCCESS', { body: '3', children: ['b', 'c'] }));
  await t.turn();
  expect(collected).toEqual([['a', 3]]);
  t.session.snapshots(ended('b', 4, ['d'], 'a'));
  await t.turn();
  t.session.snapshots(ended('c', 5, [], 'a'));
  await t.turn();
  t.session.snapshots(ended('d', 6, [], 'b'));
  await walked;
  expect(collected).toEqual([
    ['a', 3],
    ['b', 4],
    ['c', 5],
    ['d', 6],
  ]);
});

test('a walk takes tasks as they are where that is asked for', async () => {
  const result = await accepted();
  const pairs: unknown[] = [];
  for await (const [parent, { id }] of result.iterdeps({ intermediate: true })) pairs.push([parent, id]);
  expect(pairs).toEqual([[null, 'a']]);
});

test('the leaf is the end of the line', async () => {
  const result = await accepted();
  const leaf = result.getLeaf();
  t.session.events(transition('a', 2, 'SUCCESS', { body: '3', children: ['b'] }));
  await t.turn();
  expect(await standing(leaf)).toBe('pending');
  t.session.snapshots(ended('b', 4, [], 'a'));
  expect(await leaf).toBe(4);
});
