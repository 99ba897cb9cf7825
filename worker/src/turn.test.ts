import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assignment } from '../test/assignment.ts';
import { FakeGateway } from '../test/fake-gateway.ts';

const SCRIPT = fileURLToPath(new URL('../test/aborting-worker.ts', import.meta.url));

let gateway: FakeGateway;
beforeEach(async () => {
  gateway = await FakeGateway.listen();
});
afterEach(() => gateway.close());

test('started has left the process before the first statement of a body', async () => {
  const child = spawn(
    process.execPath,
    ['--conditions=celeriac-source', '--disable-warning=ExperimentalWarning', SCRIPT, gateway.url],
    { stdio: 'ignore' },
  );
  const ended = once(child, 'exit');
  const { peer } = await gateway.welcome();
  peer.assign(assignment('die', [], { nonce: 'a' }), assignment('die', [], { nonce: 'b' }));
  const [code, signal] = await ended;
  expect([code, signal]).toEqual([null, 'SIGABRT']);
  await peer.closed;
  expect(peer.frames.slice(1)).toEqual([['started', ['a', 'b']]]);
});
