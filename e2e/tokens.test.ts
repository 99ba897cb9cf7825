/** Keys and tokens in files, as an operator and a backend have them. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { call, mintToken, readOwn, revokeOwn, work } from '@celeriac/token';
import { expect, onTestFinished, test } from 'vitest';
import {
  celeriac,
  makeApp,
  makeFolder,
  startGateway,
  startWorker,
  TASKS,
  type Tasks,
} from './harness/house.ts';

const OLD = { kid: 'old', secret: 'o'.repeat(32) };
const NEW = { kid: 'new', secret: 'n'.repeat(32) };
const lineOf = ({ kid, secret }: typeof OLD) => `${kid}:${secret}\n`;

function write(path: string, text: string): string {
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

test('keys and tokens are in files, and a worker comes back with the token that replaced its own', async () => {
  const folder = makeFolder();
  const keys = write(join(folder, 'keys.txt'), lineOf(OLD));
  const token = write(join(folder, 'token.txt'), `${await mintToken(OLD, { scope: [work('*')] })}\n`);
  const gateway = await startGateway({ store: 'memory', folder, flags: ['--key-file', keys] });
  const worker = await startWorker(gateway.url, { flags: ['--token-file', token, '--name', 'w1'] });
  const page = await mintToken(OLD, { sub: 'ann', scope: [call<Tasks>('add'), readOwn, revokeOwn] });
  const app = makeApp(gateway.url, { token: page });
  expect(await app.tasks.add.delay(2, 2).get({ timeout: 10 })).toBe(4);
  await expect(app.tasks.noop.delay(1).accepted).rejects.toMatchObject({ cause: { code: 'FORBIDDEN' } });
  await app.close();

  write(keys, lineOf(NEW));
  write(token, await mintToken(NEW, { scope: [work('*')] }));
  await gateway.restart();
  const minted = celeriac(
    ['token', '--key-file', keys, '--scope', 'call:add', '--scope', 'read:own', '--subject', 'ann', '--json'],
    folder,
  );
  const { token: fresh } = JSON.parse(await minted.line(/^\{/));
  const again = makeApp(gateway.url, { token: fresh });
  expect(await again.tasks.add.delay(3, 3).get({ timeout: 20 })).toBe(6);
  expect(worker.running).toBe(true);
  const stale = celeriac(['call', 'add', '1', '1', '--gateway', gateway.url], folder, {
    CELERIAC_TOKEN: page,
  });
  expect((await stale.exited).code).toBe(1);
  expect(stale.errors).toBe(
    "celeriac: the gateway refused this client (UNAUTHENTICATED): the token was refused: it names a key that this gateway does not have: 'old'\n",
  );
});

test('tokens of an identity provider are good by the keys that it publishes', async () => {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(
    { name: 'ECDSA', namedCurve: 'P-256' },
    true,
    ['sign', 'verify'],
  );
  const keys = [{ ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'idp-1', key_ops: undefined }];
  const provider = createServer((_, response) => void response.end(JSON.stringify({ keys })));
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void provider.close());
  const { port } = provider.address() as AddressInfo;
  const pinned = {
    issuer: 'https://idp.example/',
    audience: 'https://tasks.example',
    scopeClaim: 'permissions',
  };
  const flags = ['--token-issuer', pinned.issuer, '--token-audience', pinned.audience];
  const { url } = await startGateway({
    store: 'memory',
    flags: ['--jwks', `http://127.0.0.1:${port}/jwks.json`, ...flags, '--scope-claim', pinned.scopeClaim],
  });
  const idp = { kid: 'idp-1', key: privateKey };
  await startWorker(url, {
    env: { CELERIAC_TOKEN: await mintToken(idp, { ...pinned, scope: [work('*')] }) },
  });
  const token = () => mintToken(idp, { ...pinned, sub: 'ann', scope: [call<Tasks>('add')] });
  expect(await makeApp(url, { token }).tasks.add.delay(2, 2).get({ timeout: 10 })).toBe(4);
});

test('celeriac dev lets its own worker in, whatever keys there are', async () => {
  const folder = makeFolder();
  const keys = write(join(folder, 'keys.txt'), lineOf(NEW));
  const flags = ['--token-issuer', 'shop', '--scope-claim', 'scp', '--max-token-age', '15m'];
  const dev = celeriac(['dev', TASKS, '--port', '0', ...flags], folder, { CELERIAC_KEY_FILE: keys });
  const url = await dev.line(/^http:/);
  await dev.line(/^ready/);
  const app = makeApp(url, {
    token: () => mintToken(NEW, { issuer: 'shop', scopeClaim: 'scp', scope: [call(app.tasks.add)] }),
  });
  expect(await app.tasks.add.delay(2, 2).get({ timeout: 10 })).toBe(4);
});
