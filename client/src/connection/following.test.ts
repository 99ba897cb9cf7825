import { beforeEach, describe, expect, test } from 'vitest';
import { standing, TestApp } from '../test/app.ts';
import { snapshot, transition, unknown } from '../test/fake-gateway.ts';

let t: TestApp;
beforeEach(() => {
  t = new TestApp();
});

describe('another store', () => {
  test('has lost what was accepted, and not what was not', async () => {
    const accepted = t.app.sendTask('add', [], { taskId: 'a' });
    const unconfirmed = t.app.sendTask('add', [], { taskId: 'b' });
    const moved = t.app.sendTask('add', [], { taskId: 'c' });
    await t.welcome();
    const timed = accepted.get({ timeout: 60 });
    t.session.accept('a', 'c').lose();
    await t.clock.advance(100);
    await t.welcome('epoch-2');
    expect(t.session.submits.map(([id]) => id)).toEqual(['b']);
    expect(t.session.gets[0]?.ids).toEqual(['a', 'c']);
    t.session.gets[0]?.answer({ ok: [unknown('a'), snapshot('c')] });
    t.session.snapshots(unknown('b')).accept('b');
    await expect(timed).rejects.toMatchObject({ name: 'UnknownTaskError', lost: true });
    await expect(accepted.get()).rejects.toMatchObject({ lost: true });
    expect(unconfirmed.known).toBe(true);
    await t.turn();
    expect(t.session.sent('watch')).toEqual([{ epoch: 'epoch-2', tasks: [['c', 1]] }]);
    t.session.events(transition('c', 2, 'SUCCESS', { body: '1' }));
    expect(await moved.get()).toBe(1);
  });

  test('that hides what was accepted is told as it says', async () => {
    const accepted = t.app.sendTask('add', [], { taskId: 'a' });
    await t.welcome();
    t.session.accept('a').lose();
    await t.clock.advance(100);
    await t.welcome('epoch-2');
    t.session.gets[0]?.answer({ refused: { code: 'FORBIDDEN', message: 'no', retryAfterMs: null } });
    await expect(accepted.get()).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

test('so many open calls as no gateway answers at once are asked about in turn, as answers come', async () => {
  const ids = Array.from({ length: 60_000 }, (_, position) => `${position}`);
  // No more than 50,000 calls may wait for their receipts.
  for (const part of [ids.slice(0, 30_000), ids.slice(30_000)]) {
    for (const id of part) t.app.sendTask('add', [], { taskId: id, ignoreResult: true });
    if (part[0] === '0') await t.welcome();
    for (let sent = -1; sent < t.session.submits.length; await t.turn()) {
      sent = t.session.submits.length;
      t.session.accept(...part);
    }
  }
  t.session.lose();
  await t.clock.advance(100);
  await t.welcome();
  const asked = (): readonly string[] =>
    t.session.sent('watch').flatMap(({ tasks }) => tasks.map(([id]) => id));
  expect(asked()).toEqual(ids.slice(0, 50_000));
  t.session.snapshots(...ids.slice(0, 24_999).map((id) => snapshot(id, { sequence: 1 })));
  await t.turn();
  expect(asked()).toHaveLength(50_000);
  t.session.snapshots(snapshot('24999', { sequence: 1 }));
  await t.turn();
  expect(asked()).toEqual(ids);
});

describe('watching others', () => {
  test('a refused watch breaks the handles it names, and no others', async () => {
    const secret = t.app.AsyncResult('secret').get();
    const open = t.app.AsyncResult('open').get({ timeout: 60 });
    await t.welcome();
    t.session.refuse('FORBIDDEN', ['secret']);
    await t.turn();
    expect(await standing(secret)).toMatchObject(['rejected', { code: 'FORBIDDEN' }]);
    expect(await standing(open)).toBe('pending');
  });

  test('unwatch lets the gateway know, and ends the listening', async () => {
    const states: string[] = [];
    const result = t.app.AsyncResult('a').on('state', ({ state }) => states.push(state));
    await t.welcome();
    t.session.snapshots(snapshot('a'));
    result.unwatch();
    await t.turn();
    t.session.events(transition('a', 2, 'STARTED'));
    expect(t.session.sent('unwatch')).toEqual([['a']]);
    expect(states).toEqual(['PENDING']);
  });
});
