// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest';
import { TestApp } from '../test/app.ts';

let t: TestApp;
beforeEach(async () => {
  t = new TestApp();
  t.app.sendTask('add', [1, 2]);
  await t.welcome();
});

/** Down to the longest pause between two tries. */
async function loseForLong(): Promise<number> {
  for (let tries = 0; tries < 8; tries += 1) {
    t.session.lose();
    await t.clock.advance(5_000);
  }
  t.session.lose();
  return t.gateway.sessions.length;
}

test('a browser that is online again is connected again at once', async () => {
  const before = await loseForLong();
  dispatchEvent(new Event('online'));
  expect(t.gateway.sessions).toHaveLength(before + 1);
  await t.welcome();
  expect(t.app.connection.state).toBe('open');
});

test('it tries once for each return, and leaves a line that is open or being opened alone', async () => {
  dispatchEvent(new Event('online'));
  expect(t.gateway.sessions).toHaveLength(1);
  const before = await loseForLong();
  for (let turn = 0; turn < 5; turn += 1)
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  expect(t.gateway.sessions).toHaveLength(before + 1);
});

test('a gateway that said no, or asked for time, is not hurried', async () => {
  t.session.lose('UNAUTHENTICATED');
  dispatchEvent(new Event('online'));
  expect(t.gateway.sessions).toHaveLength(1);
});

test('an app that was closed listens no more', async () => {
  t.session.lose();
  const closed = t.app.close({ timeout: 0 });
  await t.turn();
  await closed;
  dispatchEvent(new Event('online'));
  expect(t.gateway.sessions).toHaveLength(1);
});

test('an app that is closed has taken all of its listeners back', async () => {
  const listening = new Map<string, number>();
  const { addEventListener, removeEventListener } = globalThis;
  const count = (event: string, by: number): void =>
    void listening.set(event, (listening.get(event) ?? 0) + by);
  globalThis.addEventListener = (event: string) => count(event, 1);
  globalThis.removeEventListener = (event: string) => count(event, -1);
  try {
    const other = new TestApp();
    other.app.sendTask('add', []);
    await other.turn();
    expect([...listening.values()]).toEqual([1, 1, 1]);
    const closed = other.app.close({ timeout: 0 });
    await other.turn();
    await closed;
    expect([...listening.values()]).toEqual([0, 0, 0]);
  } finally {
    Object.assign(globalThis, { addEventListener, removeEventListener });
  }
});
