import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { Child } from './harness/child.ts';
import { makeFolder, startGateway, startWorker } from './harness/house.ts';
import { eventually } from './harness/signals.ts';

function pathOf(example: string): string {
  return fileURLToPath(new URL(`../examples/${example}`, import.meta.url));
}

/** A gateway, a worker with the example's tasks, and one of its programs. */
async function runExample(
  folder: string,
  program: string,
  env: Readonly<Record<string, string>> = {},
  workerFlags: readonly string[] = [],
): Promise<Child> {
  const { url } = await startGateway({ store: 'memory' });
  await startWorker(url, { file: pathOf(`${folder}/tasks.ts`), flags: workerFlags });
  const child = new Child(process.execPath, [pathOf(`${folder}/${program}`)], {
    cwd: makeFolder(),
    env: { CELERIAC_URL: url, ...env },
  });
  onTestFinished(() => child.kill());
  return child;
}

const PAGES = [
  'options',
  'inside-a-task',
  'retries',
  'revoking',
  'results',
  'errors',
  'signatures',
  'limits',
  'streams',
  'values',
] as const;

test.each(PAGES)('calling/%s prints what it says at its end', async (page) => {
  const [, printed = ''] = readFileSync(pathOf(`calling/${page}.ts`), 'utf8').split('\n// prints:\n');
  const expected = printed.trimEnd().split('\n');
  expect(expected.length).toBeGreaterThan(1);
  const program = await runExample('calling', `${page}.ts`, {}, ['--queues', 'default,reports']);
  expect(await program.exited).toEqual({ code: 0, signal: null });
  expect(program.errors).toBe('');
  expect(program.lines.map((line) => `// ${line}`)).toEqual(expected);
});

test.each(['vue', 'svelte'])('stores/%s draws each state', async (framework) => {
  const [, printed = ''] = readFileSync(pathOf(`stores/${framework}.ts`), 'utf8').split('\n// prints:\n');
  const program = await runExample('stores', `${framework}.ts`);
  expect(await program.exited).toEqual({ code: 0, signal: null });
  expect(program.errors).toBe('');
  expect(program.lines.map((line) => `// ${line}`.trimEnd())).toEqual(printed.trimEnd().split('\n'));
});

test('hello adds, and bakes a cake that is seen to grow', async () => {
  const program = await runExample('hello', 'call.ts');
  expect(await program.exited).toEqual({ code: 0, signal: null });
  expect(program.errors).toBe('');
  const [sum, submitted, started, ...baking] = program.lines;
  expect([sum, submitted, started]).toEqual(['2 + 2 = 4', 'PENDING', 'STARTED']);
  expect(baking.splice(-2)).toEqual(['SUCCESS', 'one carrot cake']);
  const steps = baking.map((line) => Number(/^\{ percent: (\d+) \}$/.exec(line)?.[1]));
  expect(steps.length).toBeGreaterThan(0);
  expect(steps.every(Number.isInteger)).toBe(true);
  expect(steps).toEqual(steps.toSorted((one, other) => one - other));
});

test('node-service calls a task for each of many rows, and waits for room in between', async () => {
  const program = await runExample('node-service', 'import.ts', { ROWS: '5000' });
  expect(await program.exited).toEqual({ code: 0, signal: null });
  expect(program.lines).toEqual(['5000 of 5000 accepted']);
});

test('node-service takes sums over HTTP, and tells what became of them', async () => {
  const service = await runExample('node-service', 'service.ts', { PORT: '0' });
  const url = await service.line(/^http:/);
  const order = (body: unknown): Promise<Response> =>
    fetch(`${url}/sums`, { method: 'POST', body: JSON.stringify(body) });
  const show = async (id: string): Promise<unknown> => (await fetch(`${url}/sums/${id}`)).json();
  const ended = (id: string): Promise<object> =>
    eventually(async () => {
      const shown = (await show(id)) as { readonly state: string };
      return ['SUCCESS', 'FAILURE'].includes(shown.state) ? shown : undefined;
    }, `the sum ${id} ends`);

  const accepted = await order({ x: 2, y: 2 });
  expect(accepted.status).toBe(202);
  const { id } = (await accepted.json()) as { readonly id: string };
  expect(await ended(id)).toEqual({ id, state: 'SUCCESS', result: 4 });

  const tooLarge = (await (await order({ x: 2 ** 53, y: 1 })).json()) as { readonly id: string };
  expect(await ended(tooLarge.id)).toMatchObject({
    state: 'FAILURE',
    error: expect.stringContaining('more than I can'),
  });

  expect((await order({ x: 2 })).status).toBe(400);
  expect((await fetch(`${url}/sums/nobody`)).status).toBe(404);
  expect((await fetch(`${url}/products`)).status).toBe(404);
  expect(await service.stop()).toEqual({ code: 0, signal: null });
});

test('pools computes beside the worker, and gets rid of what never ends', async () => {
  const program = await runExample('pools', 'call.ts', {}, ['--pool', 'threads', '--concurrency', '2']);
  expect(await program.exited).toEqual({ code: 0, signal: null });
  expect(program.errors).toBe('');
  expect(program.lines.filter((line) => !line.startsWith('so far'))).toEqual([
    'primes: 1270607',
    'half done, because of a SoftTimeLimitExceeded',
    'TimeLimitExceeded',
    'revoke: revoked',
    'primes again: 168',
  ]);
});
