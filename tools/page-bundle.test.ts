/** What a page loads of the client, and when, as a bundler puts it together. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Rollup } from 'vite';
import { expect, onTestFinished, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const PAGE = 'virtual:page';

/** The chunks of a page with this program. */
async function bundle(program: string): Promise<readonly Rollup.OutputChunk[]> {
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
      minify: false,
      modulePreload: false,
      rollupOptions: { input: PAGE, preserveEntrySignatures: 'strict' },
    },
  });
  const outputs = Array.isArray(built) ? built : [built];
  return outputs.flatMap((one) => ('output' in one ? one.output : [])).filter((one) => one.type === 'chunk');
}

/** The sources of ours in what is loaded with the entry, and in what is loaded later. */
function sourcesOf(chunks: readonly Rollup.OutputChunk[]): readonly [first: string, later: string] {
  const first = new Set<Rollup.OutputChunk>();
  const open = chunks.filter(({ isEntry }) => isEntry);
  for (let chunk = open.pop(); chunk !== undefined; chunk = open.pop()) {
    first.add(chunk);
    for (const file of chunk.imports)
      open.push(...chunks.filter((one) => one.fileName === file && !first.has(one)));
  }
  const named = (some: readonly Rollup.OutputChunk[]): string =>
    some.flatMap(({ moduleIds }) => moduleIds.map((id) => id.replace(root, ''))).join('\n');
  return [named([...first]), named(chunks.filter((one) => !first.has(one)))];
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
  const folder = mkdtempSync(join(tmpdir(), 'page-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
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
  for (const { fileName, code } of chunks) {
    mkdirSync(dirname(join(folder, fileName)), { recursive: true });
    writeFileSync(join(folder, fileName), code);
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const entry = chunks.find(({ isEntry }) => isEntry)?.fileName ?? '';
  const { page }: { page: () => Promise<unknown> } = await import(pathToFileURL(join(folder, entry)).href);
  expect(await page()).toEqual([
    expect.stringMatching(/^task 'add' takes self, and the code that makes it is still loading in this page/),
    ...[4, false, 3, 'default', [1, 2], 'counted', 3, true],
  ]);
});
