/** What is started by npm and npx ends with them, whichever process a signal was sent to. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { Child } from '../harness/child.ts';
import { makeApp, makeFolder, makeGate, startGateway, states, TASKS } from '../harness/house.ts';
import { descendantsOf, type ListedProcess, processes } from '../harness/processes.ts';
import { eventually, linesOf, untilState } from '../harness/signals.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

function start(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
  const child = new Child(command, args, { cwd: root, env, group: true });
  onTestFinished(() => child.kill());
  return child;
}

/** How its descendants end: all of them, also those that do not see the signal. */
async function expectAllToEnd(child: Child, send: () => unknown): Promise<void> {
  const started = descendantsOf(child.pid);
  expect(started.length).toBeGreaterThan(0);
  const left = () => {
    const running = new Map(processes().map(({ id, command }) => [id, command]));
    return started.filter(({ id, command }) => running.get(id) === command);
  };
  onTestFinished(() => {
    for (const { id } of left()) process.kill(id, 'SIGKILL');
  });
  await send();
  await child.exited;
  await eventually(() => (left().length === 0 ? true : undefined), 'all that npm started has ended');
}

test.each(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
  'npx celeriac dev: %s to npx alone ends everything',
  async (signal) => {
    const npx = start('npx', ['celeriac', 'dev', TASKS, '--port', '0']);
    await npx.line(/^ready/);
    await expectAllToEnd(npx, () => npx.signal(signal));
  },
);

test.each(['SIGTERM', 'SIGINT'] as const)(
  'npx celeriac dev: %s to all of them ends everything',
  async (signal) => {
    const npx = start('npx', ['celeriac', 'dev', TASKS, '--port', '0']);
    await npx.line(/^ready/);
    await expectAllToEnd(npx, () => npx.signalGroup(signal));
  },
);

test('npx celeriac dev: SIGTERM to npx alone ends everything while the command is being loaded', async () => {
  const endless = join(makeFolder(), 'endless.ts');
  writeFileSync(endless, 'setInterval(() => undefined, 1_000);\nawait new Promise(() => undefined);\n');
  const npx = start('npx', ['celeriac', 'dev', endless, '--port', '0']);
  const isCommand = ({ command }: ListedProcess): boolean => /^\S*node .*celeriac dev/.test(command);
  await eventually(() => descendantsOf(npx.pid).find(isCommand), 'the command has begun');
  await expectAllToEnd(npx, () => npx.signal('SIGTERM'));
});

const PAGE = { CELERIAC_PORT: '0', CELERIAC_STORE: 'memory' };

test.each(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
  'npm start: %s to npm alone ends everything',
  async (signal) => {
    const npm = start('npm', ['start'], PAGE);
    await npm.line(/^Celeriac is live/);
    await expectAllToEnd(npm, () => npm.signal(signal));
  },
);

test('npm start: SIGTERM to all of them ends everything', async () => {
  const npm = start('npm', ['start'], PAGE);
  await npm.line(/^Celeriac is live/);
  await expectAllToEnd(npm, () => npm.signalGroup('SIGTERM'));
});

// Behind `bash`, which makes way for its script, npm passes on a Ctrl-C that has arrived already; behind `sh` it may not, and
// then the shell's end tells of it.
test.each(['bash', 'sh'])('behind npx and %s one Ctrl-C lets a worker’s tasks end', async (shell) => {
  const { url } = await startGateway({ store: 'memory' });
  const npx = start('npx', ['celeriac', 'worker', TASKS, '--gateway', url], {
    npm_config_script_shell: shell,
  });
  await npx.line(/^ready/);
  const gate = makeGate();
  const runs = `${makeFolder()}/runs`;
  const res = makeApp(url).tasks.held.delay(runs, gate.path);
  await untilState(res, 'STARTED');
  await expectAllToEnd(npx, async () => {
    npx.signalGroup('SIGINT');
    await eventually(() => /stopping/.exec(npx.errors) ?? undefined, 'the worker stops');
    gate.open();
    await res.get({ timeout: 60 });
  });
  expect(await linesOf(runs)).toEqual(['begin', 'end']);
  expect(states(res)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
});
