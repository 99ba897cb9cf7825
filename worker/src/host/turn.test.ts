import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ManualClock } from '@celeriac/runtime/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assignment } from '../../test/assignment.ts';
import { FakeGateway } from '../../test/fake-gateway.ts';
import { USUAL_FRAME_BOUNDS } from '../session/frames.ts';
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

describe('what waits for the end of a turn', () => {
  let clock: ManualClock;
  let turn: Turn;
  let backlog: number;
  let frames: unknown[];
  /** The kernel takes what was written. */
  let drain: () => void;
  beforeEach(() => {
    clock = new ManualClock();
    backlog = 0;
    frames = [];
    drain = () => undefined;
    turn = new Turn({
      clock,
      session: {
        get backlog() {
          return backlog;
        },
        mayStart: () => true,
        write: (texts, whenWritten = () => undefined) => {
          frames.push(...texts.map((text): unknown => JSON.parse(text)));
          drain = whenWritten;
        },
      },
      slots: { announce: () => [], enter: () => undefined },
      framing: () => USUAL_FRAME_BOUNDS,
      capacity: () => undefined,
      look: () => undefined,
    });
  });

  async function written(): Promise<readonly unknown[]> {
    await clock.advance(0);
    return frames.splice(0);
  }

  test('leaves once, in the order in which it must be seen', async () => {
    turn.release(['r']);
    turn.settled(['a', 'i', 1, ['ignored']]);
    turn.progress(['a', 'P', '1']);
    turn.chunk('a', 0, '"c"');
    turn.chunk('a', 1, '"d"');
    expect(await written()).toEqual([
      ['chunks', [['a', 0, ['"c"', '"d"']]]],
      ['progress', [['a', 'P', '1']]],
      ['settled', [['a', 'i', 1, ['ignored']]]],
      ['release', ['r']],
    ]);
    turn.wake();
    expect(await written()).toEqual([]);
  });

  test('progress that waits for a newer one goes before the end of its run all the same', async () => {
    backlog = 2 * 1024 * 1024;
    turn.progress(['ends', 'P', '1']);
    turn.progress(['goes on', 'P', '1']);
    turn.progress(['ends', 'P', '2']);
    expect(await written()).toEqual([]);
    turn.settled(['ends', 'id', 1, ['ignored']]);
    turn.settled(['showed nothing', 'other', 1, ['ignored']]);
    expect(await written()).toEqual([
      ['progress', [['ends', 'P', '2']]],
      [
        'settled',
        [
          ['ends', 'id', 1, ['ignored']],
          ['showed nothing', 'other', 1, ['ignored']],
        ],
      ],
    ]);
    backlog = 0;
    drain();
    expect(await written()).toEqual([['progress', [['goes on', 'P', '1']]]]);
  });

  test('is dropped when a hello says it; reports and chunks are said again after the welcome, and no twice', async () => {
    turn.settled(['before', 'i', 1, ['ignored']]);
    turn.progress(['before', 'P', '1']);
    turn.chunk('before', 0, '"c"');
    turn.release(['before']);
    turn.clear();
    turn.settled(['meanwhile', 'j', 1, ['ignored']]);
    turn.progress(['meanwhile', 'P', '1']);
    turn.chunk('meanwhile', 0, '"c"');
    turn.release(['meanwhile']);
    turn.repeat([], [['meanwhile', 'j', 1, ['ignored']]]);
    expect(await written()).toEqual([
      ['progress', [['meanwhile', 'P', '1']]],
      ['settled', [['meanwhile', 'j', 1, ['ignored']]]],
      ['release', ['meanwhile']],
    ]);
  });
});
