import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createGateway } from './gateway.ts';

test('a gateway whose keys others may read says so when it starts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-gateway-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [safe, bare] = [join(folder, 'safe.txt'), join(folder, 'bare.txt')];
  for (const [path, mode] of [
    [safe, 0o600],
    [bare, 0o644],
  ] as const) {
    writeFileSync(path, 'k'.repeat(32));
    chmodSync(path, mode);
  }
  const gateway = createGateway({ port: 0, store: 'memory', keyFiles: [safe, bare] });
  onTestFinished(() => gateway.stop());
  const told: unknown[] = [];
  gateway.telemetry.on('keysExposed', (facts) => told.push(facts));
  await gateway.start();
  // Windows does not tell.
  expect(told).toEqual(process.platform === 'win32' ? [] : [{ path: bare }]);
});

test('the end of its scope stops a gateway', async () => {
  const gateway = createGateway({ port: 0, store: 'memory' });
  await gateway.start();
  const { url } = gateway;
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  await gateway[Symbol.asyncDispose]();
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});
