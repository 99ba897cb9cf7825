import { beforeEach, describe, expect, test } from 'vitest';
import { TestApp } from '../test/app.ts';
import { failure, progress, transition } from '../test/fake-gateway.ts';
import type { Snapshot } from './snapshot.ts';

let t: TestApp;
beforeEach(() => {
  t = new TestApp();
});

describe('events', () => {
  test('fire per state and by name, PENDING with the receipt first', async () => {
    const seen: string[] = [];
    const result = t.app.sendTask('add', [], { taskId: 'a' });
    for (const event of ['state', 'progress', 'success', 'failure', 'retry', 'revoked', 'ready'] as const) {
      result.on(event, (snapshot) => seen.push(`${event} ${snapshot.state}`));
    }
    await t.welcome();
    t.session
      .accept('a')
      .events(
        transition('a', 2, 'STARTED'),
        progress('a', 2, 'UPLOADING', { done: 1 }),
        transition('a', 3, 'RETRY', { body: failure('Error', 'once') }),
        transition('a', 4, 'STARTED'),
        transition('a', 5, 'SUCCESS', { body: '3' }),
      );
    expect(seen).toEqual([
      'state PENDING',
      'state STARTED',
      'progress UPLOADING',
      'state RETRY',
      'retry RETRY',
      'state STARTED',
      'state SUCCESS',
      'success SUCCESS',
      'ready SUCCESS',
    ]);
  });

  test('a snapshot does not change after it was given', async () => {
    const snapshots: Snapshot[] = [];
    const result = await t.accepted();
    result.on('state', (snapshot) => snapshots.push(snapshot));
    t.session.events(transition('a', 2, 'STARTED'), transition('a', 3, 'SUCCESS', { body: '3' }));
    expect(snapshots.map(({ history }) => history.length)).toEqual([2, 3]);
    expect(snapshots.map(({ result: value }) => value)).toEqual([undefined, 3]);
    expect(snapshots[1]?.dateDone).toEqual(new Date(3_000));
  });

  test('once and off do what they say', async () => {
    const seen: string[] = [];
    const listener = ({ state }: Snapshot): void => void seen.push(state);
    const result = await t.accepted();
    result.once('state', listener);
    t.session.events(transition('a', 2, 'STARTED'), transition('a', 3, 'RETRY'));
    result.on('state', listener).off('state', listener);
    t.session.events(transition('a', 4, 'STARTED'));
    expect(seen).toEqual(['STARTED']);
  });

  test('a listener that throws is reported, and the others are still told', async () => {
    const reported: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const report = (error: unknown): void => void reported.push(error);
    process.on('uncaughtException', report);
    const seen: string[] = [];
    const result = await t.accepted();
    const trouble = new Error('in a listener');
    result.on('state', () => {
      throw trouble;
    });
    result.on('state', ({ state }) => seen.push(state));
    t.session.events(transition('a', 2, 'STARTED'), transition('a', 3, 'SUCCESS', { body: '3' }));
    expect(seen).toEqual(['STARTED', 'SUCCESS']);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('uncaughtException', report);
    for (const listener of listeners) process.on('uncaughtException', listener);
    expect(reported).toContain(trouble);
  });
});
