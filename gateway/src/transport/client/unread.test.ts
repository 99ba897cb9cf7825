import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { startGateway } from '../../../test/gateway-setup.ts';
import { TOKEN_ALGORITHM, TOKEN_AUDIENCE, TOKEN_ISSUER } from '../auth/authenticator.ts';

const KEY = 'k'.repeat(32);

function token(scope: string): Promise<string> {
  return new SignJWT({ scope })
    .setProtectedHeader({ alg: TOKEN_ALGORITHM })
    .setIssuer(TOKEN_ISSUER)
    .setAudience(TOKEN_AUDIENCE)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(KEY));
}

/** A thousand calls whose refusals are half a megabyte. */
const LONG = 'n'.repeat(250);
const CALLS = Array.from({ length: 1_000 }, (_, id) => [`${id}`.padEnd(250, '.'), LONG, '', null, 0]);

test('a client that asks on and on and does not read is sent away, and takes nothing of the others with it', async () => {
  const { gateway, client, refusals } = await startGateway({ keys: [KEY] });
  const auth = { protocol: { min: 1, max: 1 }, token: await token('call:add read:*') };
  const slow = await client({ auth });
  const other = await client({ auth });
  const sentAway = new Promise<void>((resolve) => {
    gateway.telemetry.on('refused', ({ code }) => {
      if (code === 'SLOW_READER') resolve();
    });
  });
  slow.hang();
  const before = process.memoryUsage().rss;
  // More than the bound and what the network holds on its own.
  for (let frame = 0; frame < 60; frame++) slow.emit('submit', CALLS);
  await sentAway;
  // Sixty would be thirty megabytes of receipts.
  expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024);
  expect(refusals.filter((code) => code === 'SLOW_READER')).toHaveLength(1);

  other.emit('submit', [['1', 'add', '[]', null, 0]]);
  expect(await other.next('receipts')).toMatchObject([[['1', 1, null, true, expect.any(Number)]]]);
  const back = await client({ auth });
  back.emit('watch', { epoch: null, tasks: [['1', 0]] });
  expect(await back.next('snapshots')).toMatchObject([[{ id: '1', known: true }]]);
});

test('a client that reads is never sent away, however much it asks', async () => {
  const { client, refusals } = await startGateway({ keys: [KEY] });
  const reader = await client({ auth: { protocol: { min: 1, max: 1 }, token: await token('call:add') } });
  for (let frame = 0; frame < 30; frame++) {
    reader.emit('submit', CALLS);
    await reader.next('receipts');
  }
  expect(new Set(refusals)).toEqual(new Set(['FORBIDDEN']));
});
