/** Task files as projects write them, and those that never finish loading. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Celeriac } from '@celeriac/client';
import { everything, mintToken } from '@celeriac/token';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Child } from './harness/child.ts';
import { CLI, celeriac, makeFolder, startGateway } from './harness/house.ts';
import { eventually } from './harness/signals.ts';

const MODULES = fileURLToPath(new URL('../node_modules', import.meta.url));
const APP = `import { Celeriac } from '@celeriac/client';
export const app = new Celeriac();
export const add = app.task('add', (x: number, y: number) => x + y);
`;

/** The first line of its standard error that matches. */
function errorLine(child: Child, pattern: RegExp): Promise<string> {
  return eventually(() => pattern.exec(child.errors)?.[0], `an error line ${pattern}`);
}

/** A project of these files, with what is installed here. */
function project(files: Readonly<Record<string, string>>): string {
  const folder = makeFolder();
  symlinkSync(MODULES, join(folder, 'node_modules'));
  for (const [name, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

describe('a task file that Node does not read', () => {
  const LIB = { 'lib.ts': 'export interface Shape { x: number }\nexport const one = 1;\n' };
  const TSX = 'for any other syntax, npm install tsx and add --import tsx';
  const DECORATED = 'function dec(...given: unknown[]): void {}\n';
  const CIRCLE =
    'files import each other in a circle: put what both need, such as the app, into a file that imports neither';
  const WITH = "{ type: 'json' }";
  const CASES: Readonly<
    Record<string, readonly [place: string, source: string, more?: object, remedy?: string]>
  > = {
    'without the ending of an import': ['tasks.ts:2', "\nimport { one } from './lib';\n", LIB],
    'with the ending of what it compiles to': ['tasks.ts:2', "\nimport { one } from './lib.js';\n", LIB],
    'that imports a folder': ['tasks.ts:2', "\nexport * from './parts';\n", { 'parts/index.ts': '' }],
    'with an alias of tsconfig.json': [
      'tasks.ts:2',
      "\nimport { one } from 'app/lib';\n",
      { ...LIB, 'tsconfig.json': '{ "compilerOptions": { "paths": { "app/*": ["./*"] } } } // as usual' },
    ],
    'with an enum': ['tasks.ts:2', '\nexport enum Color { Red }\n'],
    'with a namespace': ['tasks.ts:2', '\nexport namespace N { export const x = 1 }\n'],
    'with a parameter property': ['tasks.ts:2', '\nclass A { constructor(private x: number) {} }\n'],
    'with a decorated class': ['tasks.ts:2', `${DECORATED}@dec export class A {}\n`],
    'with a decorated method': ['tasks.ts:3', `${DECORATED}export class A {\n  @dec run(): void {}\n}\n`],
    'that imports one of these': ['lib.ts:2', "import './lib.ts';\n", { 'lib.ts': '\nenum Color { Red }\n' }],
    'that imports a type as a value': ['tasks.ts:1', "import { Shape } from './lib.ts';\n", LIB],
    'without a default export': [
      'tasks.ts:1',
      "import lib from './lib.ts';\n",
      LIB,
      'it has no default export: import what it exports by name, in braces',
    ],
    'in a circle': [
      'lib.ts:2',
      "import './lib.ts';\n",
      { 'lib.ts': "import { app } from './tasks.ts';\napp.task('two', () => 2);\n" },
      CIRCLE,
    ],
    'that imports JSON': [
      'lib.ts:2',
      "import './lib.ts';\n",
      { 'lib.ts': "\nimport data from './data.json';\ndata;\n", 'data.json': '{}' },
      `add with ${WITH} to that import`,
    ],
    'that imports JSON as Node once had it': [
      'tasks.ts:2',
      `\nimport data from './data.json' assert ${WITH};\n`,
      { 'data.json': '{}' },
      `use with ${WITH} instead of assert`,
    ],
    'with a syntax error': ['lib.ts:3', "import './lib.ts';\n", { 'lib.ts': '\n\nconst x = ;\n' }, ''],
  };

  test('is told of with file, line and remedy', async () => {
    const attempts = Object.entries(CASES).map(async ([name, [place, source, more = {}, remedy = TSX]]) => {
      const folder = project({ ...more, 'tasks.ts': `${source}${APP}` });
      const child = celeriac(['worker', 'tasks.ts'], folder);
      const { code } = await child.exited;
      const line = /^celeriac: cannot load tasks\.ts: .*\n$/.exec(child.errors)?.[0] ?? '';
      return [name, code, line.includes(`(at ${place}`), line.includes(remedy)];
    });
    expect(await Promise.all(attempts)).toEqual(Object.keys(CASES).map((name) => [name, 1, true, true]));
  });

  test('because a package is not installed: names the place, and no other remedy', async () => {
    const folder = project({ 'tasks.ts': "\nimport 'no-such-package-here';\n" });
    const child = celeriac(['worker', 'tasks.ts'], folder);
    expect((await child.exited).code).toBe(1);
    expect(child.errors).toBe(
      "celeriac: cannot load tasks.ts: Error: Cannot find package 'no-such-package-here' (at tasks.ts:2)\n",
    );
  });

  test.each([
    ['no-such-package', 'there is no such module; is it installed here?'],
    ['./no-such-file.ts', 'there is no such module; is it installed here?'],
    ['tasks.ts', 'there is no such package; for a file write --import ./tasks.ts'],
    ['celeriac/no-such-door', expect.stringContaining('is not defined by "exports"')],
  ])('because there is no %s to be imported before', async (module, why) => {
    const child = celeriac(['worker', 'tasks.ts', '--import', module], project({ 'tasks.ts': APP }));
    expect((await child.exited).code).toBe(2);
    const [, told] = /^celeriac: --import \S+: (.*)\n$/.exec(child.errors) ?? [];
    expect(told).toEqual(why);
  });
});

test.each(['inline', 'threads', 'processes'])(
  'what is imported before is a package, a file of the project or a path, in the pool %s',
  async (pool) => {
    const adds = (name: string): string => `globalThis.before = [...(globalThis.before ?? []), '${name}'];\n`;
    const folder = project({
      'package.json':
        '{ "name": "of-this-project", "type": "module", "exports": { "./own": { "import": "./own.js" } } }',
      'own.js': adds('own package'),
      'setup/relative.ts': adds('relative'),
      'setup/absolute.mjs': adds('absolute'),
      'tasks.ts': `${APP}app.task('before', () => globalThis.before);\n`,
    });
    const before = ['of-this-project/own', './setup/relative.ts', join(folder, 'setup/absolute.mjs')];
    const { url } = await startGateway({ store: 'memory' });
    const flags = ['--import', before.join(','), '--pool', pool, '--concurrency', '1', '--gateway', url];
    const worker = celeriac(['worker', 'tasks.ts', ...flags], folder);
    await worker.line(/^ready/);
    const app = new Celeriac({ url });
    onTestFinished(() => app.close());
    expect(await app.sendTask('before').get({ timeout: 60 })).toEqual([
      'own package',
      'relative',
      'absolute',
    ]);
  },
);

describe('with tsx', () => {
  const FILES = {
    'tsconfig.json':
      '{ "compilerOptions": { "experimentalDecorators": true, "paths": { "app/*": ["./*"] } } }',
    'lib.ts': "export enum Color { Red = 'red' }\nexport interface Shape { x: number }\n",
    'parts/index.ts': 'export class Part { constructor(readonly name: string) {} }\n',
    'tasks.ts': `import { isMainThread } from 'node:worker_threads';
import { Celeriac } from '@celeriac/client';
import { Color, Shape } from 'app/lib';
import { Part } from './parts';
import { Color as Same } from './lib.js';
function named(type: { label?: string }): void { type.label = 'decorated'; }
@named class Labelled { static label?: string }
const shape: Shape = { x: 1 };
export const app = new Celeriac();
export const tell = app.task('tell', () =>
  [Color.Red, Same.Red, new Part('part').name, Labelled.label, shape.x, isMainThread, process.pid]);
`,
  };

  async function tell(url: string): Promise<readonly unknown[]> {
    const app = new Celeriac({ url });
    onTestFinished(() => app.close());
    return app.sendTask<readonly unknown[]>('tell').get({ timeout: 60 });
  }

  test.each(['inline', 'threads', 'processes'])('all of that runs in the pool %s', async (pool) => {
    const { url } = await startGateway({ store: 'memory' });
    const flags = ['--import', 'tsx', '--pool', pool, '--concurrency', '1', '--gateway', url];
    const worker = celeriac(['worker', 'tasks.ts', ...flags], project(FILES));
    await worker.line(/^ready/);
    const [red, same, part, label, x, main, pid] = await tell(url);
    expect([red, same, part, label, x]).toEqual(['red', 'red', 'part', 'decorated', 1]);
    expect([main, pid === worker.pid]).toEqual([pool !== 'threads', pool !== 'processes']);
  });

  test('as a flag of Node it reaches processes as well', async () => {
    const { url } = await startGateway({ store: 'memory' });
    const flags = ['--pool', 'processes', '--concurrency', '1', '--gateway', url];
    const args = ['--import', 'tsx', CLI, 'worker', 'tasks.ts', ...flags];
    const worker = new Child(process.execPath, args, { cwd: project(FILES) });
    onTestFinished(() => worker.kill());
    await worker.line(/^ready/);
    expect((await tell(url))[3]).toBe('decorated');
  });
});

describe('a task file that does not finish loading', () => {
  test('ends the worker with 1 where nothing is left that it could wait for', async () => {
    const child = celeriac(
      ['worker', 'tasks.ts'],
      project({ 'tasks.ts': `${APP}await new Promise(() => {});\n` }),
    );
    expect((await child.exited).code).toBe(1);
    expect(child.errors).toBe(
      'celeriac: cannot load tasks.ts: it never finishes loading: nothing is left that could end its wait: something that it awaits at its top level never happens\n',
    );
  });

  test('because it waits for its own call is told for which', async () => {
    const { url } = await startGateway({ store: 'memory' });
    const folder = project({ 'tasks.ts': `${APP}await add.delay(1, 2).get();\n` });
    const child = celeriac(['worker', 'tasks.ts'], folder, { CELERIAC_URL: url });
    expect(await errorLine(child, /.*has not finished loading.*/)).toMatch(
      /it waits at its top level for the result of task add \(\S+\), and no task of this file runs/,
    );
  });
});

describe('a task file that starts, in each child of a pool,', () => {
  const WORKER = "import { createWorker } from '@celeriac/worker';\nawait createWorker(app).start();\n";
  const GATEWAY = `import { createGateway } from '@celeriac/gateway';
await createGateway({ port: 0, store: 'memory' }).start();
`;
  const FLOATING = "import { createWorker } from '@celeriac/worker';\nvoid createWorker(app).start();\n";

  test.each([
    ['a worker', 'threads', WORKER],
    ['a worker', 'processes', WORKER],
    ['a gateway', 'threads', GATEWAY],
    ['a worker', 'threads', FLOATING],
    ['a worker', 'processes', FLOATING],
  ])('%s of its own is refused: %s', async (what, pool, source) => {
    const { url } = await startGateway({ store: 'memory' });
    const folder = project({ 'tasks.ts': `${APP}${source}` });
    const flags = ['--pool', pool, '--concurrency', '1', '--gateway', url];
    const child = celeriac(['worker', 'tasks.ts', ...flags], folder, { CELERIAC_URL: url });
    const line = await errorLine(child, /.*a child of the pool could not start.*/);
    expect(line).toContain(
      `${what} cannot be started inside a ${pool === 'threads' ? 'thread' : 'process'} of a worker's pool`,
    );
    expect(line).toContain('tasks.ts:5');
    await errorLine(child, /.*the worker gives up.*/);
    expect(child.errors.match(/a child of the pool could not start/g)).toHaveLength(1);
  });
});

describe('celeriac dev', () => {
  const tasks = (word: string): string => `import { Celeriac } from '@celeriac/client';
import { end } from './end.ts';
export const app = new Celeriac({ taskRoutes: { 'media.*': 'media' } });
export const say = app.task('say', { queue: 'lopri' }, () => '${word}' + end);
export const encode = app.task('media.encode', () => 'encoded');
`;

  test('serves every queue of its apps', async () => {
    const folder = project({ 'tasks.ts': tasks('one'), 'end.ts': "export const end = '.';\n" });
    const dev = celeriac(['dev', 'tasks.ts', '--port', '0'], folder);
    expect(await dev.line(/^ready/)).toMatch(/ queues=default,lopri,media tasks=/);
    const app = new Celeriac({ url: await dev.line(/^http/) });
    onTestFinished(() => app.close());
    expect(await app.sendTask('say').get({ timeout: 60 })).toBe('one.');
    expect(await app.sendTask('media.encode').get({ timeout: 60 })).toBe('encoded');
  });

  test('--watch starts its worker anew when a file changes, and keeps its tasks', async () => {
    const folder = project({ 'tasks.ts': tasks('one'), 'end.ts': "export const end = '.';\n" });
    const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
    const args = ['dev', 'tasks.ts', '--watch', '--port', '0', '--name', 'w', '--key', 'k'.repeat(32)];
    // Flags of Node reach the worker as well, but not those that two processes cannot share.
    const dev = new Child(process.execPath, ['--inspect-port', '0', '--no-warnings', CLI, ...args], {
      cwd: folder,
    });
    onTestFinished(() => dev.kill());
    const token = await mintToken('k'.repeat(32), { scope: [everything], expiresIn: 600 });
    const app = new Celeriac({ url: await dev.line(/^http/), token });
    onTestFinished(() => app.close());
    const starts = (times: number): Promise<true> =>
      eventually(
        () => dev.lines.filter((line) => line.startsWith('ready w ')).length === times || undefined,
        'a start',
      );
    await starts(1);
    expect(await app.sendTask('say').get({ timeout: 60 })).toBe('one.');
    write('end.ts', "export const end = '!';\n");
    await starts(2);
    expect(await app.sendTask('say').get({ timeout: 60 })).toBe('one!');
    write('tasks.ts', 'export const broken: = 1;\n');
    await errorLine(dev, /.*restarts when a file changes.*/);
    const waiting = app.sendTask('say');
    await waiting.accepted;
    write('tasks.ts', tasks('two'));
    expect(await waiting.get({ timeout: 60 })).toBe('two!');
    expect(await dev.stop()).toEqual({ code: 0, signal: null });
  });
});
