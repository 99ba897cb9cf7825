import { UnknownTaskError } from '@celeriac/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { standing, TestApp } from '../test/app.ts';
import { progress, snapshot, transition, unknown } from '../test/fake-gateway.ts';

let t: TestApp;
beforeEach(() => {
  t = new TestApp();
});

describe('updates', () => {
  test('gives every state and the last progress, and ends with the end', async () => {
    const result = await t.accepted();
    const updates = result.updates();
    expect((await updates.next()).value).toMatchObject({ state: 'PENDING' });
    t.session.events(
      transition('a', 2, 'STARTED'),
      progress('a', 2, 'UPLOADING', 1),
      progress('a', 2, 'UPLOADING', 2),
      transition('a', 3, 'SUCCESS', { body: '3' }),
    );
    const rest: unknown[] = [];
    for await (const { state, info } of updates) rest.push([state, info]);
    expect(rest).toEqual([
      ['STARTED', undefined],
      ['UPLOADING', 2],
      ['SUCCESS', 3],
    ]);
    const late: string[] = [];
    for await (const { state } of result.updates()) late.push(state);
    expect(late).toEqual(['SUCCESS']);
  });

  test('throws for what will have no end', async () => {
    const next = t.app.AsyncResult('nobody').updates().next();
    await t.welcome();
    t.session.snapshots(unknown('nobody'));
    await expect(next).rejects.toBeInstanceOf(UnknownTaskError);
  });

  test('waits as long as the gateway has not answered', async () => {
    const next = t.app.AsyncResult('somebody').updates().next();
    await t.welcome();
    expect(await standing(next)).toBe('pending');
    t.session.snapshots(snapshot('somebody'));
    expect((await next).value).toMatchObject({ state: 'PENDING', known: true });
  });
});
