import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import {
  celeriac,
  makeApp,
  makeFolder,
  makeGate,
  startGateway,
  startWorker,
  states,
  TASKS,
} from './harness/house.ts';
import { eventually, linesOf, untilState } from './harness/signals.ts';

const KEY = '0123456789abcdef0123456789abcdef';

interface Ended {
  readonly code: number | null;
  readonly out: readonly string[];
  readonly err: string;
}

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const child = celeriac(args, makeFolder(), env);
  const { code } = await child.exited;
  return { code, out: child.lines, err: child.errors };
}

function oneLine(text: string): { code: number; out: readonly string[]; err: string } {
  return { code: expect.any(Number), out: [], err: `celeriac: ${text}\n` };
}

/** A gateway and a worker, and how to ask that gateway. */
async function startHouse(): Promise<(...args: readonly string[]) => Promise<Ended>> {
  const { url } = await startGateway({ store: 'memory' });
  await startWorker(url);
  return (...args) => run(args, { CELERIAC_URL: url });
}

function writeTasks(source: string): string {
  const file = join(makeFolder(), 'tasks.ts');
  writeFileSync(file, source);
  return file;
}

describe('a mistake is one line on stderr:', () => {
  test('a misspelt flag', async () => {
    expect(await run(['gateway', '--prot', '1'])).toEqual({
      ...oneLine("unknown option '--prot' (Did you mean --port?)"),
      code: 2,
    });
  });

  test('an open door to everybody', async () => {
    const ended = await run(['gateway', '--host', '0.0.0.0', '--port', '0']);
    expect(ended).toMatchObject({ code: 2, out: [] });
    expect(ended.err).toMatch(/^celeriac: refusing to listen on 0\.0\.0\.0 without keys: .*\n$/);
  });

  test('a variable that makes no sense', async () => {
    const ended = await run(['gateway'], { CELERIAC_LEASE: 'long' });
    expect(ended).toMatchObject({ code: 2, out: [] });
    expect(ended.err).toMatch(/^celeriac: .*'long' \(from CELERIAC_LEASE\)\n$/);
  });

  test('a port that is taken, a store that another gateway holds, a store that is none', async () => {
    const gateway = await startGateway();
    const taken = await run(['gateway', '--store', 'memory', '--port', String(gateway.port)]);
    expect(taken.code).toBe(1);
    expect(taken.err).toMatch(/^celeriac: 127\.0\.0\.1:\d+ is in use already; .*\n$/);
    const held = await run(['gateway', '--port', '0', '--store', `sqlite:${gateway.folder}/celeriac.db`]);
    expect(held.code).toBe(1);
    expect(held.err).toMatch(/^celeriac: .*another process holds it.*\n$/);
    const other = await run(['gateway', '--port', '0', '--store', `sqlite:${writeTasks('no database')}`]);
    expect(other.code).toBe(1);
    expect(other.err).toMatch(/^celeriac: .*not a database.*\n$/);
  });

  test('a store that a newer version wrote', async () => {
    const file = `${makeFolder()}/celeriac.db`;
    const gateway = await startGateway({ store: `sqlite:${file}` });
    await gateway.child.stop();
    const db = new DatabaseSync(file);
    db.exec('PRAGMA user_version = 1000');
    db.close();
    const newer = await run(['gateway', '--port', '0', '--store', `sqlite:${file}`]);
    expect(newer).toMatchObject({ code: 1, out: [] });
    expect(newer.err).toMatch(
      /^celeriac: .*celeriac\.db: its schema has version 1000; this gateway knows versions up to \d+\n$/,
    );
  });

  test('a file with no app, one that cannot be parsed, and one that throws', async () => {
    const none = await run(['worker', writeTasks('export const add = 1;\n')]);
    expect(none.code).toBe(1);
    expect(none.err).toMatch(/^celeriac: \S+tasks\.ts exports no app; .*\n$/);
    const broken = await run(['worker', writeTasks('export const a = 1;\nexport const b: = 2;\n')]);
    expect(broken.code).toBe(1);
    expect(broken.err).toMatch(/^celeriac: cannot load \S+tasks\.ts: SyntaxError: .*tasks\.ts:2\)\n$/);
    const inOldPackage = writeTasks("import 'node:fs';\n");
    writeFileSync(join(inOldPackage, '..', 'package.json'), '{ "type": "commonjs" }');
    const old = await run(['worker', inOldPackage]);
    expect(old.code).toBe(1);
    expect(old.err).toMatch(/celeriac: cannot load .* \(at .*tasks\.ts:1\); set "type": "module" .*\n$/);
    const throwing = await run(['worker', writeTasks("\nthrow new TypeError('on purpose');\n")]);
    expect(throwing.code).toBe(1);
    expect(throwing.err).toMatch(
      /^celeriac: cannot load .*: TypeError: on purpose \(at .*tasks\.ts:2:7\)\n$/,
    );
  });

  test('a gateway that is not there', async () => {
    const ended = await run([
      'call',
      'add',
      '1',
      '2',
      '--gateway',
      'http://127.0.0.1:1',
      '--timeout',
      '300ms',
    ]);
    expect(ended).toMatchObject({ code: 1, out: [] });
    expect(ended.err).toMatch(
      /^celeriac: cannot connect .*; trying again\nceleriac: call \S+ was not accepted.*\n$/,
    );
  });
});

describe('call', () => {
  test('--wait prints the result', async () => {
    const house = await startHouse();
    expect(await house('call', 'add', '2', '2', '--wait')).toEqual({ code: 0, out: ['4'], err: '' });
    expect(await house('call', 'add', '-1', 'a', '--wait')).toMatchObject({ code: 0, out: ['-1a'] });
    const { code, out } = await house('call', 'add', '2', '3', '--wait', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out.join())).toMatchObject({ state: 'SUCCESS', name: 'add', result: 5 });
  });

  test('--wait tells a failure on stderr, its name and message first', async () => {
    const house = await startHouse();
    const ended = await house('call', 'fail', 'on purpose', '--wait');
    expect(ended).toMatchObject({ code: 1, out: [] });
    expect(ended.err).toMatch(/^RangeError: on purpose\n {4}at .*tasks\.ts:\d+:\d+\n/);
    const { code, out } = await house('call', 'add', '2', '--wait', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out.join())).toMatchObject({
      state: 'FAILURE',
      error: { name: 'TypeError', message: 'add() takes exactly 2 arguments (1 given)' },
    });
  });

  test('--wait --timeout gives up with exit code 3', async () => {
    const house = await startHouse();
    const ended = await house('call', 'sleepy', '60000', '--wait', '--timeout', '4s');
    expect(ended).toMatchObject({ code: 3, out: [] });
    expect(ended.err).toMatch(/^celeriac: task \S+ did not end within 4 s: .+\n$/);
  });
});

test('result and revoke follow a task by its id', async () => {
  const house = await startHouse();
  expect(await house('call', 'add', '20', '3', '--task-id', 'sum')).toMatchObject({ code: 0, out: ['sum'] });
  expect(await house('result', 'sum', '--wait')).toEqual({ code: 0, out: ['SUCCESS', '23'], err: '' });
  expect(await house('revoke', 'sum')).toMatchObject({ code: 0, out: ['already-done'] });

  await house('call', 'add', '1', '1', '--task-id', 'later', '--countdown', '1h');
  expect(await house('result', 'later')).toMatchObject({ code: 0, out: ['PENDING'] });
  expect(await house('revoke', 'later')).toMatchObject({ code: 0, out: ['prevented'] });
  const revoked = await house('result', 'later', '--json');
  expect(revoked.code).toBe(1);
  expect(JSON.parse(revoked.out.join())).toMatchObject({
    id: 'later',
    state: 'REVOKED',
    error: { name: 'TaskRevokedError' },
  });

  expect(await house('result', 'nobody')).toEqual({ code: 1, out: ['PENDING (unknown)'], err: '' });
  expect(await house('result', 'nobody', '--wait')).toMatchObject({ code: 1, out: ['PENDING (unknown)'] });
  expect(await house('revoke', 'nobody', '--json')).toMatchObject({
    code: 1,
    out: ['{"id":"nobody","verdict":"unknown"}'],
  });
});

test('dev is a gateway and a worker in one process', async () => {
  const dev = celeriac(['dev', TASKS, '--port', '0', '--name', 'both'], makeFolder());
  expect(await dev.line(/^ready/)).toMatch(/^ready both queues=default,lopri,media tasks=add,/);
  const [url = ''] = dev.lines;
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await run(['call', 'add', '2', '2', '--wait', '--gateway', url])).toMatchObject({ out: ['4'] });
  expect(await dev.stop()).toEqual({ code: 0, signal: null });
});

test('a token opens a gateway with keys for what its scopes say', async () => {
  const { url } = await startGateway({ store: 'memory', flags: ['--key', KEY] });
  const tokenFor = async (...scopes: readonly string[]): Promise<string> => {
    const { out } = await run(['token', ...scopes.flatMap((scope) => ['--scope', scope])], {
      CELERIAC_KEY: KEY,
    });
    return out.join();
  };
  await startWorker(url, { env: { CELERIAC_TOKEN: await tokenFor('work:*') } });
  const env = { CELERIAC_URL: url, CELERIAC_TOKEN: await tokenFor('call:add', 'read:*') };
  expect(await run(['call', 'add', '2', '2', '--wait'], env)).toMatchObject({ code: 0, out: ['4'] });
  expect(await run(['call', 'noop', '1'], env)).toMatchObject({
    code: 1,
    out: [],
    err: expect.stringContaining('FORBIDDEN'),
  });
  for (const args of [
    ['call', 'add', '1', '2'],
    ['result', 'x'],
    ['worker', TASKS, '--log-level', 'silent'],
  ]) {
    const refused = await run(args, { CELERIAC_URL: url });
    expect(refused).toMatchObject({ code: 1, out: [] });
    expect(refused.err).toMatch(/^celeriac: the gateway refused this \w+ \(UNAUTHENTICATED\): .*\n$/);
  }
});

describe('signals', () => {
  test('the first lets a worker’s tasks end', async () => {
    const { url } = await startGateway({ store: 'memory' });
    const worker = await startWorker(url);
    const gate = makeGate();
    const runs = join(makeFolder(), 'runs');
    const res = makeApp(url).tasks.held.delay(runs, gate.path);
    await untilState(res, 'STARTED');
    worker.signal('SIGTERM');
    await eventually(() => /taking no more|stopping/.exec(worker.errors) ?? undefined, 'it stops');
    gate.open();
    await res.get({ timeout: 60 });
    expect(await linesOf(runs)).toEqual(['begin', 'end']);
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    expect(states(res)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
  });

  test('the second makes a worker give them back', async () => {
    const { url } = await startGateway({ store: 'memory' });
    const worker = await startWorker(url);
    const res = makeApp(url).tasks.sleepy.delay(60_000);
    await untilState(res, 'STARTED');
    worker.signal('SIGINT');
    worker.signal('SIGTERM');
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    await untilState(res, 'PENDING');
  });

  test('end a gateway, and a worker that waits for one', async () => {
    const { child } = await startGateway();
    child.signal('SIGINT');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    const lonely = celeriac(['worker', TASKS, '--gateway', 'http://127.0.0.1:1'], makeFolder());
    await eventually(() => /retrying/.exec(lonely.errors) ?? undefined, 'it says that it waits');
    lonely.signal('SIGTERM');
    expect(await lonely.exited).toEqual({ code: 0, signal: null });
    expect(lonely.lines).toEqual([]);
  });
});
