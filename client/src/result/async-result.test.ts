import { UnknownTaskError } from '@celeriac/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { TestApp } from '../test/app.ts';
import { snapshot, unknown } from '../test/fake-gateway.ts';

let t: TestApp;
beforeEach(() => {
  t = new TestApp();
});

describe('a handle', () => {
  test('is not thenable, and is itself after await', async () => {
    const result = t.app.sendTask('add', []);
    expect(await result).toBe(result);
  });

  test('knows nothing at first, and is watched from its first use', async () => {
    const result = t.app.AsyncResult('a');
    expect(result.id).toBe('a');
    await t.turn();
    expect(t.gateway.sessions).toHaveLength(0);
    expect([result.state, result.known, result.synced]).toEqual(['PENDING', false, false]);
    await t.welcome();
    t.session.snapshots(
      snapshot('a', {
        sequence: 2,
        state: 'STARTED',
        worker: 'w1',
        attempt: 1,
        retries: 2,
        queue: 'sums',
        progress: ['UPLOADING', '{"done":1}'],
        history: [
          ['PENDING', 'submitted', 1_000, 0, null],
          ['STARTED', 'started', 2_000, 1, 'w1'],
        ],
      }),
    );
    expect([result.state, result.known, result.synced]).toEqual(['UPLOADING', true, true]);
    expect(result).toMatchObject({ name: 'add', worker: 'w1', retries: 2, queue: 'sums', info: { done: 1 } });
    expect(result.history).toEqual([
      { state: 'PENDING', reason: 'submitted', at: new Date(1_000), attempt: 0, worker: null },
      { state: 'STARTED', reason: 'started', at: new Date(2_000), attempt: 1, worker: 'w1' },
    ]);
    expect(result.dateDone).toBeNull();
  });

  test('tells its receipt', async () => {
    const result = t.app.sendTask('add', [], { taskId: 'a' });
    const receipt = result.accepted;
    await t.welcome();
    t.session.receipts(['a', 1, 'sums', false, 5_000]);
    expect(await receipt).toEqual({ id: 'a', queue: 'sums', kept: false, at: new Date(5_000) });
    expect(await result.accepted).toEqual(await receipt);
  });

  test('is accepted, made from an id, when the gateway has the task', async () => {
    const there = t.app.AsyncResult('there').accepted;
    const nowhere = t.app.AsyncResult('nowhere').accepted;
    await t.welcome();
    const [{ ids, answer } = { ids: [], answer: () => {} }] = t.session.gets;
    expect(ids).toEqual(['there', 'nowhere']);
    answer({ ok: [snapshot('there'), unknown('nowhere')] });
    expect(await there).toMatchObject({ id: 'there', queue: 'default' });
    await expect(nowhere).rejects.toBeInstanceOf(UnknownTaskError);
  });

  test('refreshes, again in the next session when the answer was lost', async () => {
    const result = await t.accepted();
    const fresh = result.refresh();
    await t.turn();
    expect(t.session.gets).toHaveLength(1);
    t.session.lose();
    await t.clock.advance(100);
    await t.welcome();
    t.session.gets[0]?.answer({ ok: [snapshot('a', { waiting: 'worker' })] });
    expect(await fresh).toMatchObject({ state: 'PENDING', waiting: 'worker' });
  });

  test('passes a refusal on', async () => {
    const result = await t.accepted();
    const fresh = result.refresh();
    const verdict = result.revoke();
    await t.turn();
    const refused = { code: 'FORBIDDEN', message: 'no', retryAfterMs: null };
    t.session.gets[0]?.answer({ refused });
    t.session.revokes[0]?.answer({ refused });
    await expect(fresh).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(verdict).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  test('revokes, once the call is accepted', async () => {
    const result = t.app.sendTask('add', [], { taskId: 'a' });
    const verdict = result.revoke({ terminate: true, grace: '2s' });
    await t.welcome();
    expect(t.session.revokes).toEqual([]);
    t.session.accept('a');
    await t.turn();
    expect(t.session.revokes[0]?.items).toEqual([['a', true, 2_000]]);
    t.session.revokes[0]?.answer({ ok: ['prevented'] });
    expect(await verdict).toBe('prevented');
  });
});
