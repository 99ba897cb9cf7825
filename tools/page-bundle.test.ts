/** What a page loads of the client, and when, as a bundler puts it together. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Rollup } from 'vite';
import { expect, onTestFinished, test, vi } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const PAGE = 'virtual:page';

/** The chunks of a page with this program. */
async function bundle(program: string, minify = false): Promise<readonly Rollup.OutputChunk[]> {
  const page = {
    name: 'page',
    resolveId: (id: string) => (id === PAGE ? join(root, 'tools/page.js') : undefined),
    load: (id: string) => (id === join(root, 'tools/page.js') ? program : undefined),
  };
  const built = await build({
    root,
    configFile: false,
    logLevel: 'error',
    plugins: [page],
    resolve: { conditions: ['celeriac-source', 'browser', 'module'] },
    build: {
      write: false,
      minify,
      modulePreload: false,
      rollupOptions: { input: PAGE, preserveEntrySignatures: 'strict', external: ['react'] },
    },
  });
  const outputs = Array.isArray(built) ? built : [built];
  return outputs.flatMap((one) => ('output' in one ? one.output : [])).filter((one) => one.type === 'chunk');
}

/** What is loaded with the entry, and what is loaded later. */
function divide(
  chunks: readonly Rollup.OutputChunk[],
): readonly [first: readonly Rollup.OutputChunk[], later: readonly Rollup.OutputChunk[]] {
  const first = new Set<Rollup.OutputChunk>();
  const open = chunks.filter(({ isEntry }) => isEntry);
  for (let chunk = open.pop(); chunk !== undefined; chunk = open.pop()) {
    first.add(chunk);
    for (const file of chunk.imports)
      open.push(...chunks.filter((one) => one.fileName === file && !first.has(one)));
  }
  return [[...first], chunks.filter((one) => !first.has(one))];
}

/** The sources of ours in both. */
function sourcesOf(chunks: readonly Rollup.OutputChunk[]): readonly [first: string, later: string] {
  const [first, later] = divide(chunks);
  const named = (some: readonly Rollup.OutputChunk[]): string =>
    some.flatMap(({ moduleIds }) => moduleIds.map((id) => id.replace(root, ''))).join('\n');
  return [named(first), named(later)];
}

/** Bytes on the way to a page, as a server that compresses sends them. */
function weight(chunks: readonly Rollup.OutputChunk[]): number {
  return chunks.reduce((bytes, { code }) => bytes + gzipSync(code, { level: 9 }).length, 0);
}

/** A folder with these files of a page, and the address of the one that it begins with. */
function write(chunks: readonly Rollup.OutputChunk[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'page-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const { fileName, code } of chunks) {
    mkdirSync(dirname(join(folder, fileName)), { recursive: true });
    writeFileSync(join(folder, fileName), code);
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const entry = chunks.find(({ isEntry }) => isEntry)?.fileName ?? '';
  return pathToFileURL(join(folder, entry)).href;
}

const RUNS_TASKS = ['executor', 'verdict', 'self', 'handlers', 'local-run', 'local-stream', 'direct-call'];

test('what runs tasks is not in what a page loads first', async () => {
  const [first, later] = sourcesOf(
    await bundle(`
      import { Celeriac } from '@celeriac/client';
      new Celeriac().tasks.add.delay(2, 2);
    `),
  );
  expect(first).toContain('client/src/celeriac.ts');
  for (const name of RUNS_TASKS) {
    expect(first).not.toContain(`client/src/execution/${name}.ts`);
    expect(later).toContain(`client/src/execution/${name}.ts`);
  }
  for (const name of ['retry', 'effective-options', 'assignment-context'])
    expect(first).not.toContain(`protocol/src/${name}.ts`);
});

test('a page runs tasks when what runs them has come', async () => {
  const chunks = await bundle(`
    import { Celeriac } from '@celeriac/client';
    export async function page() {
      const app = new Celeriac({ alwaysEager: true });
      const add = app.task('add', { bind: true }, (self, x, y) => x + y);
      const double = app.task('double', (x) => 2 * x);
      const count = app.task('count', function* () { yield 1; yield 2; return 'counted'; });
      let early;
      try { add(1, 2); } catch (error) { early = error.message; }
      const [result, counted] = [add.delay(1, 2), count.delay()];
      const ready = result.ready();
      const chunks = [];
      for await (const chunk of counted.stream()) chunks.push(chunk);
      return [early, double(2), ready, await result.get(), (await result.accepted).queue, chunks, await counted.get(), add(1, 2), add.delay(1, 2).ready()];
    }
  `);
  const { page }: { page: () => Promise<unknown> } = await import(write(chunks));
  expect(await page()).toEqual([
    expect.stringMatching(/^task 'add' takes self, and the code that makes it is still loading in this page/),
    ...[4, false, 3, 'default', [1, 2], 'counted', 3, true],
  ]);
});

/** Raise it only for what each page needs with each call. */
const BUDGET = { call: 38_000, hooks: 1_000 };

const CALLS = `
  import { Celeriac } from '@celeriac/client';
  const app = new Celeriac({ url: 'http://gateway.example' });
  export const page = () => app.tasks.add.delay(1, 2).get();
`;

test('what a page loads that calls by type is within its budget', async () => {
  const chunks = await bundle(CALLS, true);
  const [first, later] = divide(chunks);
  const hooks = await bundle(
    `${CALLS}
    export { CeleriacProvider, useAsyncResult, useTask } from '@celeriac/client/react';`,
    true,
  );
  const sizes = { call: weight(first), hooks: weight(divide(hooks)[0]) - weight(first) };
  process.stdout.write(`gzip, bytes: ${JSON.stringify({ ...sizes, later: weight(later) })}\n`);
  expect(sizes.call).toBeLessThanOrEqual(BUDGET.call);
  expect(sizes.hooks).toBeLessThanOrEqual(BUDGET.hooks);
});

/** A gateway at the other end of a page's WebSocket, whose worker adds what `add` is called with and gives the rest back. */
class WorkingSocket {
  static frames: (readonly [name: string, body: readonly (readonly unknown[])[]])[] = [];
  onmessage: ((event: { readonly data: string }) => void) | null = null;

  constructor() {
    this.#say('0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}');
  }

  send(packet: string): void {
    if (packet.startsWith('40')) {
      const limits = { payload: 262_144, frame: 2_097_152, inFlightTasks: 1_000, inFlightBytes: 1_000_000 };
      this.#say('40{"sid":"b"}');
      this.#say(`42${JSON.stringify(['welcome', { protocol: 1, epoch: 'e', now: 0, limits }])}`);
    } else if (packet.startsWith('42')) {
      const frame = JSON.parse(packet.slice(2));
      WorkingSocket.frames.push(frame);
      if (frame[0] === 'submit') for (const call of frame[1]) this.#work(call);
    }
  }

  close(): void {}

  #work([id, name, args]: readonly [string, string, string | readonly [string, string]]): void {
    const result = name === 'add' && typeof args === 'string' ? String(sum(JSON.parse(args))) : args;
    const facts = [1, 'w', 0] as const;
    this.#say(`42${JSON.stringify(['receipts', [[id, 1, 'default', true, 1]]])}`);
    this.#say(`42${JSON.stringify(['events', [[id, 2, 2, 'STARTED', 'started', ...facts, null]]])}`);
    this.#say(`42${JSON.stringify(['events', [[id, 3, 3, 'SUCCESS', 'succeeded', ...facts, result]]])}`);
  }

  #say(data: string): void {
    queueMicrotask(() => this.onmessage?.({ data }));
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => one + other, 0);
}

/** Runs a page of which only these files can be loaded. */
async function run(chunks: readonly Rollup.OutputChunk[]): Promise<unknown> {
  vi.stubGlobal('WebSocket', WorkingSocket);
  onTestFinished(() => {
    vi.unstubAllGlobals();
    WorkingSocket.frames = [];
  });
  const { page }: { page: () => Promise<unknown> } = await import(write(chunks));
  return page();
}

test('an ordinary call loads nothing more', async () => {
  const [first, later] = divide(await bundle(CALLS, true));
  expect(later).not.toEqual([]);
  expect(await run(first)).toBe(3);
});

test('a value that devalue carries is sent as it was, in its turn, and read when its code has come', async () => {
  const chunks = await bundle(`
    import { Celeriac } from '@celeriac/client';
    const app = new Celeriac({ url: 'http://gateway.example' });
    export async function page() {
      const map = new Map([['a', new Date(0)]]);
      const map2 = app.sendTask('echo', [map, { list: [1, , 3] }], { serializer: 'devalue' });
      const bad = app.sendTask('echo', [() => {}], { serializer: 'devalue', taskId: 'bad' });
      const three = app.tasks.add.delay(1, 2);
      map.set('b', 'later');
      await app.flush();
      const failure = await bad.get().catch((error) => error.message);
      return [await three.get(), failure, await map2.get().catch((error) => error.message)];
    }
  `);
  expect(await run(chunks)).toEqual([
    3,
    expect.stringContaining("is a function, which 'devalue' cannot carry"),
    expect.stringContaining('is a hole in a list'),
  ]);
  expect(WorkingSocket.frames.flatMap(([, body]) => body.map(([, name]) => name))).toEqual(['add']);
});

test('values that devalue carries come back in a page, in the order of their calls', async () => {
  const chunks = await bundle(`
    import { Celeriac } from '@celeriac/client';
    const app = new Celeriac({ url: 'http://gateway.example' });
    export async function page() {
      const map = new Map([['a', new Date(0)]]);
      const echoed = app.sendTask('echo', [map], { serializer: 'devalue' });
      const three = app.tasks.add.delay(1, 2);
      map.set('b', 'later');
      const watched = [echoed.ready(), await three.get(), await echoed.get()];
      return [...watched, await app.sendTask('echo', [new Set([1])], { serializer: 'devalue' }).get()];
    }
  `);
  expect(await run(chunks)).toEqual([false, 3, [new Map([['a', new Date(0)]])], [new Set([1])]]);
  expect(WorkingSocket.frames.flatMap(([, body]) => body.map(([, name]) => name))).toEqual([
    ...['echo', 'add', 'echo'],
  ]);
});

test('the options and links of a call that waits for code are sent as they were when it was called', async () => {
  const chunks = await bundle(`
    import { Celeriac } from '@celeriac/client';
    const app = new Celeriac({ url: 'http://gateway.example' });
    export async function page() {
      const [next, list, headers] = [app.tasks.next.s([1]), [], { by: 'page' }];
      next.link(app.tasks.last.s());
      list.push(next);
      const linked = app.sendTask('echo', [new Map()], { serializer: 'devalue', link: list, headers });
      next.set({ queue: 'later' });
      next.args[0].push('later');
      list.push(app.tasks.another.s());
      headers.by = 'later';
      await linked.get();
    }
  `);
  await run(chunks);
  const [[, , , options] = []] = WorkingSocket.frames.flatMap(([, body]) => body);
  expect(JSON.stringify(options)).toMatch(/next.*last/);
  expect(JSON.stringify(options)).not.toMatch(/later|another/);
});

test('a task that a page defines is called as it is defined, and a wrong definition is told', async () => {
  const complaints = vi.spyOn(console, 'error').mockImplementation(() => {});
  const chunks = await bundle(`
    import { Celeriac } from '@celeriac/client';
    const app = new Celeriac({ url: 'http://gateway.example' });
    export async function page() {
      const add = app.task('add', { queue: 'sums' }, (x, y) => x + y);
      const wrong = app.task('wrong', { quue: 'sums' }, () => {});
      let twice;
      try { app.task('add', () => 1); } catch (error) { twice = error.message; }
      const [sum, other, failed] = [add.delay(1, 2), app.tasks.other.delay(), wrong.delay()];
      return [add(3, 4), twice, await sum.get(), await other.get(), await failed.get().catch((error) => error.message)];
    }
  `);
  expect(await run(chunks)).toEqual([
    7,
    "two tasks of this app have the name 'add'",
    3,
    [],
    expect.stringContaining("did you mean 'queue'"),
  ]);
  expect(WorkingSocket.frames.map(([name, [first]]) => [name, first?.[1]])).toEqual([
    ['define', { queue: 'sums' }],
    ['submit', 'add'],
    ['submit', 'other'],
  ]);
  expect(complaints).toHaveBeenCalledOnce();
});
