import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ManualClock } from '@celeriac/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assignment } from '../../test/assignment.ts';
import { FakeGateway } from '../../test/fake-gateway.ts';
import { USUAL_FRAMING } from '../link/frames.ts';
import { Turn } from './turn.ts';

const SCRIPT = fileURLToPath(new URL('../../test/aborting-worker.ts', import.meta.url));

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

test('progress that waits for a newer one goes before the end of its run all the same', async () => {
  const clock = new ManualClock();
  const session = {
    backlog: 2 * 1024 * 1024,
    written: [] as string[],
    mayStart: () => true,
    write: (frames: readonly string[]) => void session.written.push(...frames),
  };
  const turn = new Turn({
    clock,
    session,
    slots: { announce: () => [], enter: () => undefined },
    framing: () => USUAL_FRAMING,
    capacity: () => undefined,
    look: () => undefined,
  });
  const written = async (): Promise<readonly unknown[]> => {
    await clock.advance(0);
    return session.written.splice(0).map((frame) => JSON.parse(frame));
  };
  turn.progress(['ends', 'P', '1']);
  turn.progress(['goes on', 'P', '1']);
  turn.progress(['ends', 'P', '2']);
  expect(await written()).toEqual([]);
  turn.settled(['ends', 'id', 1, ['success', '1']]);
  turn.settled(['showed nothing', 'other', 1, ['success', '1']]);
  expect(await written()).toEqual([
    ['progress', [['ends', 'P', '2']]],
    ['settled', [expect.arrayContaining(['ends']), expect.arrayContaining(['showed nothing'])]],
  ]);
  session.backlog = 0;
  turn.wake();
  expect(await written()).toEqual([['progress', [['goes on', 'P', '1']]]]);
  turn.wake();
  expect(await written()).toEqual([]);
});
