/** Tokens that end, are renewed and revoked, with the processes that people start. */
import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { celeriac, makeApp, makeFolder, startGateway, startWorker, TASKS } from './harness/house.ts';

const KEY = 'k'.repeat(64);

/** As a backend does it with any JWT library. */
function mint(scope: string, lastsS: number, claims: Readonly<Record<string, unknown>> = {}): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.ceil(Date.now() / 1_000);
  const about = { iss: 'celeriac', aud: 'celeriac-gateway', sub: 'page', iat: now, exp: now + lastsS };
  const signed = `${part({ alg: 'HS256' })}.${part({ ...about, scope, ...claims })}`;
  return `${signed}.${createHmac('sha256', KEY).update(signed).digest('base64url')}`;
}

const ADMIN = { CELERIAC_TOKEN: mint('admin:control', 3_600, { sub: 'admin' }) };

async function startHouse(flags: readonly string[] = []) {
  const gateway = await startGateway({ flags: ['--key', KEY, ...flags] });
  const token = mint('work:* call:*', 3_600, { sub: 'worker' });
  await startWorker(gateway.url, { flags: ['--token', token] });
  return gateway;
}

test('finding 8: a page whose factory gives short tokens stays connected, and misses nothing', async () => {
  const { url } = await startHouse();
  let asked = 0;
  let tell: () => void = () => {};
  const renewedTwice = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const app = makeApp(url, {
    token: () => {
      asked += 1;
      if (asked === 4) tell();
      return mint('call:*', 5);
    },
  });
  const states: string[] = [];
  app.connection.on('change', ({ state }) => void states.push(state));
  const long = app.tasks.sleepy.delay(60_000);
  // The third renewal comes when the token of the hello has long ended.
  await renewedTwice;
  expect(await app.tasks.add.delay(2, 2).get({ timeout: 20 })).toBe(4);
  expect([long.state, states]).toEqual(['STARTED', ['connecting', 'open']]);
}, 60_000);

test('finding 8: an app and a worker with a text for a token end when it does, and say so', async () => {
  const { url } = await startHouse();
  const token = mint('*', 6);
  const worker = celeriac(
    ['worker', TASKS, '--gateway', url, '--token', token, '--queues', 'lopri'],
    makeFolder(),
  );
  const app = makeApp(url, { token });
  const long = app.tasks.sleepy.delay(60_000);
  await expect(long.get()).rejects.toMatchObject({ name: 'RefusedError', code: 'TOKEN_EXPIRED' });
  expect(app.connection).toMatchObject({ state: 'closed', reason: { code: 'TOKEN_EXPIRED' } });
  const { code } = await worker.exited;
  expect([code, worker.errors]).toEqual([1, expect.stringContaining('has expired')]);
}, 60_000);

test('finding 8: a token is revoked on the command line, for good', async () => {
  const gateway = await startHouse();
  const revoke = async (...flags: readonly string[]) => {
    const env = { CELERIAC_URL: gateway.url, ...ADMIN };
    const child = celeriac(['control', 'revoke-token', ...flags], makeFolder(), env);
    const { code } = await child.exited;
    return { code, lines: child.lines, errors: child.errors };
  };
  const stolen = mint('call:*', 3_600, { jti: 'stolen' });
  const app = makeApp(gateway.url, { token: stolen });
  const long = app.tasks.sleepy.delay(60_000);
  await long.accepted;
  const ended = expect(long.get()).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
  expect(await revoke('--jti', 'stolen')).toEqual({
    code: 0,
    lines: ['revoked: 1 connection closed'],
    errors: '',
  });
  await ended;
  expect((await revoke('--sub', 'page', '--keep', '30d', '--json')).lines).toEqual([
    '{"command":"revoke-token","sub":"page","closed":0}',
  ]);
  expect(await revoke('--sub', 'page', '--jti', 'stolen')).toMatchObject({ code: 2 });
  expect(await revoke()).toMatchObject({ code: 2 });
  await gateway.restart();
  const again = makeApp(gateway.url, { token: stolen }).tasks.add.delay(1, 1);
  await expect(again.accepted).rejects.toMatchObject({ cause: { code: 'TOKEN_REVOKED' } });
}, 60_000);

test('finding 25 (limits by identity): an app that calls too often is slowed, not failed', async () => {
  const { url } = await startHouse(['--calls-per-second', '20']);
  const app = makeApp(url, { token: () => mint('call:add', 3_600) });
  const begun = performance.now();
  const sums = await Promise.all(
    Array.from({ length: 60 }, (_, n) => app.tasks.add.delay(n, 1).get({ timeout: 30 })),
  );
  expect(sums).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
  // The first 20 go at once, the others at their rate.
  expect(performance.now() - begun).toBeGreaterThan(1_900);
}, 60_000);
