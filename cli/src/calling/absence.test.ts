import { createServer, type Server } from 'node:net';
import { ManualClock } from '@celeriac/runtime/testing';
import { expect, onTestFinished, test } from 'vitest';
import { run } from '../program.ts';

/** A port on which nobody says anything. */
async function listen(): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((socket) => {
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return { server, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}` };
}

interface Asked {
  readonly complaints: readonly string[];
  /** Resolves with the first complaint. */
  readonly complained: Promise<void>;
  readonly clock: ManualClock;
  readonly exit: Promise<number>;
}

function ask(...args: readonly string[]): Asked {
  const clock = new ManualClock();
  const complaints: string[] = [];
  let heard = (): void => {};
  const complained = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const exit = run(args, {
    env: {},
    clock,
    width: undefined,
    print: () => {},
    complain: (line) => {
      complaints.push(line);
      heard();
    },
  });
  return { complaints, complained, clock, exit };
}

test.each([[['inspect', 'queues']], [['control', 'purge', 'media']], [['call', 'add', '1', '2']]])(
  '%j says at once that there is no gateway, and gives up after 5 s',
  async (args) => {
    const { server, url } = await listen();
    await new Promise((resolve) => server.close(resolve));
    const { complaints, complained, clock, exit } = ask(...args, '--gateway', url);
    await complained;
    const cause = `connect ECONNREFUSED ${new URL(url).host}`;
    expect(complaints).toEqual([`celeriac: cannot connect to ${url}: ${cause}; trying again`]);
    await clock.advance(5_000);
    expect(await exit).toBe(1);
    expect(complaints.slice(1)).toEqual([`celeriac: no gateway answered at ${url} within 5 s`]);
  },
);

test('one that says nothing is given up as well', async () => {
  const { server, url } = await listen();
  const dialled = new Promise((resolve) => server.once('connection', resolve));
  onTestFinished(() => void server.close());
  const { complaints, clock, exit } = ask('inspect', 'queues', '--gateway', url);
  await dialled;
  await clock.advance(5_000);
  expect(await exit).toBe(1);
  expect(complaints).toEqual([`celeriac: no gateway answered at ${url} within 5 s`]);
});
