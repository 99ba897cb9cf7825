import { expect, test } from 'vitest';
import { type Above, askPs, npmAbove, type ProcessFacts, readProcess, waitsFor } from './npm-above.ts';

const SELF = 100;
/** The third process above us leads it. */
const GROUP = 97;

type Ancestor = string | readonly [command: string, group: number];

/** From our parent upwards, each in our process group unless it has one of its own; process 1 is above them all. */
function look(...commands: readonly Ancestor[]): Above & { readonly names: readonly string[] } {
  const table = new Map<number, ProcessFacts>([[1, { parent: 0, group: 1, command: '/sbin/init' }]]);
  const names = new Map<number, string>();
  const add = (pid: number, parent: number, command: string, group: number): void => {
    table.set(pid, { parent, group, command });
    names.set(pid, command);
  };
  const parentOf = (level: number): number => (level < commands.length ? SELF - 1 - level : 1);
  add(SELF, parentOf(0), 'node celeriac.js dev', GROUP);
  for (const [level, entry] of commands.entries()) {
    const [command, group] = typeof entry === 'string' ? [entry, GROUP] : entry;
    add(SELF - 1 - level, parentOf(level + 1), command, group);
  }
  const seen = npmAbove(SELF, (pid) => table.get(pid));
  return { ...seen, names: seen.watched.map((pid) => names.get(pid) ?? '') };
}

function above(...commands: readonly Ancestor[]): readonly string[] {
  return look(...commands).names;
}

test.each([
  ['npx', ['sh -c celeriac dev tasks.ts', 'npm exec celeriac dev tasks.ts']],
  ['npm that has not changed its title', ['sh -c node main.ts', 'node /usr/bin/npm start']],
  ['npm by its file', ['/bin/dash -c celeriac dev', '/opt/node/bin/node /opt/npm/bin/npm-cli.js run dev']],
  ['a shell that made way for its script', ['npm start']],
  [
    'npx in a script',
    ['sh -c celeriac dev', 'npm exec celeriac dev', 'sh -c npx celeriac dev', 'npm run dev'],
  ],
  [
    'a program between',
    ['node node_modules/.bin/cross-env A=1 celeriac dev', 'sh -c cross-env A=1', 'npm run x'],
  ],
  ['pnpm', ['sh -c celeriac dev', 'node /usr/lib/pnpm.cjs run dev']],
  ['a later yarn', ['node /app/.yarn/releases/yarn-4.9.1.cjs dev']],
  ['yarn', ['/bin/sh -c celeriac dev', '/usr/bin/node /usr/bin/yarn.js dev']],
])('%s is to be there for as long as we are', (_, commands) => {
  expect(above(...commands)).toEqual(commands);
});

test.each([
  ['a terminal', ['bash']],
  ['a supervisor', []],
  ['a shell script', ['bash start.sh', 'sh -c ./start.sh', 'npm start']],
  ['a script of somebody else’s', ['sh -c celeriac dev', 'node pm2/Daemon.js']],
  ['a script that means us to outlive it', ['sh -c nohup celeriac gateway & sleep 3', 'npm run background']],
  ['a process group of npm’s that is not ours', ['sh -c celeriac dev', ['npm start', 7]] as const],
])('%s may end before us', (_, commands) => {
  expect(above(...commands)).toEqual([]);
});

test('what is above the topmost npm may end before it', () => {
  expect(above('sh -c celeriac dev', 'npm start', 'bash deploy.sh')).toEqual([
    'sh -c celeriac dev',
    'npm start',
  ]);
});

test('what leads a process group of its own is ended by whoever made it so', () => {
  const facts = { parent: 2, group: SELF, command: 'celeriac' };
  expect(npmAbove(SELF, () => facts)).toEqual({ watched: [], orphaned: false });
});

test('an endless line of ancestors is followed a bounded way', () => {
  expect(npmAbove(SELF, (pid) => ({ parent: pid + 1, group: 1, command: 'npm start' })).watched).toHaveLength(
    32,
  );
});

test.each([
  ['npm and its shell', []],
  ['npm, while its shell still waits', ['sh -c celeriac dev']],
] as const)('it shows that %s ended before we looked', (_, commands) => {
  expect(look(...commands)).toMatchObject({ watched: [], orphaned: true });
});

test.each([
  ['npm is there', ['sh -c celeriac dev', 'npm start']],
  ['a shell script is there', ['sh -c celeriac dev', 'bash start.sh']],
  ['the leader of the group is there', ['sh -c celeriac dev', 'node x.js', 'sh -c node x.js']],
] as const)('nobody is missing where %s', (_, commands) => {
  expect(look(...commands).orphaned).toBe(false);
});

test.each([
  ['celeriac dev tasks.ts', true],
  ["'celeriac' dev tasks.ts", true],
  ['npm run build && node_modules/.bin/celeriac worker tasks.ts > log 2>&1', true],
  ['celeriac gateway &> log', true],
  ['celeriac gateway & vite', false],
  ['nohup celeriac gateway', false],
  ['node start-celeriac.js', false],
  ['', false],
])('a script %j waits for us: %s', (script, waits) => {
  expect(waitsFor(script, '/app/node_modules/.bin/celeriac')).toBe(waits);
});

test('a process of this machine is read, one that is gone is not', () => {
  expect(readProcess(process.pid)).toMatchObject({
    parent: process.ppid,
    command: expect.stringContaining('node'),
  });
  expect(askPs(process.pid)).toMatchObject({ parent: process.ppid, group: readProcess(process.pid)?.group });
  for (const read of [readProcess, askPs]) expect(read(2 ** 30)).toBeUndefined();
});
