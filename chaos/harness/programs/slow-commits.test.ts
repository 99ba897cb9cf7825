import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const PRELOAD = fileURLToPath(new URL('slow-commits.ts', import.meta.url));
const COMMIT_MS = 300;

/** Prints how long a receipt took. */
const PROGRAM = `
import { Celeriac } from '@celeriac/client';
import { createGateway } from '@celeriac/gateway';
const gateway = createGateway({ port: 0, store: 'sqlite:' + process.argv[1] });
await gateway.start();
const app = new Celeriac({ url: gateway.url });
const asked = performance.now();
await app.sendTask('nobody').accepted;
console.log(performance.now() - asked);
await app.close();
await gateway.stop();
`;

test('a receipt waits for the commit that was made slow', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-slow-'));
  try {
    const flags = ['--conditions', 'celeriac-source', '--no-warnings', '--import', PRELOAD];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...flags, '--input-type=module', '-e', PROGRAM, join(folder, 'store.db')],
      { cwd: import.meta.dirname, env: { ...process.env, CHAOS_COMMIT_MS: String(COMMIT_MS) } },
    );
    expect(Number(stdout)).toBeGreaterThanOrEqual(COMMIT_MS);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
