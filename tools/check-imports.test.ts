import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkImports } from './check-imports.ts';

const law = fileURLToPath(new URL('../.dependency-cruiser.cjs', import.meta.url));
const door = {
  '.': { 'celeriac-source': './src/index.ts', default: './dist/index.js' },
  './internal': { 'celeriac-source': './src/internal.ts', default: './dist/internal.js' },
  './testing': { 'celeriac-source': './src/testing.ts' },
};

/** A small house that keeps the law. */
const lawful: Record<string, string> = {
  'protocol/src/index.ts': 'export interface Id { readonly id: string }',
  'runtime/src/index.ts': "import type { Id } from '@celeriac/protocol';\nexport type Key = Id;",
  'client/src/index.ts': "export type { Key } from '@celeriac/runtime';",
  'worker/src/index.ts': "export type { Key } from '@celeriac/client';",
  'gateway/src/index.ts': "export { record } from './engine/engine.ts';",
  'gateway/src/internal.ts': "export { record } from './core/record.ts';",
  'gateway/src/testing.ts': "export { record } from './core/record.ts';",
  'runtime/src/testing.ts': 'export const clock = 1;',
  'worker/test/own.ts': "import { clock } from '@celeriac/runtime/testing';\nclock.toFixed();",
  'cli/src/main.ts': "import { record } from '@celeriac/gateway/internal';\nrecord.toFixed();",
  'gateway/src/core/record.ts': 'export const record = 1;',
  'gateway/src/engine/engine.ts': "export { record } from '../core/record.ts';",
  'e2e/run.test.ts': "import { record } from '@celeriac/gateway';\nrecord.toFixed();",
  'demo-web/src/main.tsx':
    "import type { Key } from '@celeriac/client';\nexport const key = (k: Key) => <b>{k.id}</b>;",
};

let root: string;

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** The rules broken once these files are added to the lawful house. */
function brokenBy(planted: Record<string, string>): string[] {
  for (const [path, text] of Object.entries(planted)) write(path, text);
  return [...new Set(checkImports(root).problems.map((problem) => problem.rule))].sort();
}

function build(): void {
  root = mkdtempSync(join(tmpdir(), 'celeriac-law-'));
  execFileSync('git', ['init', '--quiet'], { cwd: root });
  write('.gitignore', 'node_modules\n');
  mkdirSync(join(root, 'node_modules/@celeriac'), { recursive: true });
  for (const name of ['protocol', 'runtime', 'client', 'worker', 'gateway']) {
    write(`${name}/package.json`, JSON.stringify({ name: `@celeriac/${name}`, exports: door }));
    symlinkSync(join(root, name), join(root, 'node_modules/@celeriac', name), 'dir');
  }
  for (const [path, text] of Object.entries(lawful)) write(path, text);
}

function remove(): void {
  rmSync(root, { recursive: true, force: true });
}

describe('a breach is found:', () => {
  const BREACHES: readonly (readonly [rule: string, path: string, text: string])[] = [
    ['protocol-imports-only-itself', 'protocol/src/a.ts', "import '@celeriac/client';"],
    [
      'runtime-imports-only-protocol',
      'runtime/src/a.ts',
      "import type { Key } from '@celeriac/worker';\nexport type A = Key;",
    ],
    ['token-imports-only-itself', 'token/src/a.ts', "import '@celeriac/protocol';"],
    ['client-imports-only-protocol-runtime', 'client/src/a.ts', "import '@celeriac/gateway';"],
    [
      'gateway-imports-only-protocol-runtime-token',
      'gateway/src/a.ts',
      "export const load = () => import('@celeriac/worker');",
    ],
    [
      'worker-imports-only-client-protocol-runtime',
      'worker/src/a.ts',
      "export type { record } from '@celeriac/gateway';",
    ],
    ['isomorphic-imports-no-node', 'client/src/c.ts', "import { readFile } from 'node:fs';\nreadFile.name;"],
    [
      'public-doors-only',
      'e2e/a.test.ts',
      "import { record } from '../gateway/src/core/record.ts';\nrecord.toFixed();",
    ],
    [
      'resolvable',
      'e2e/c.test.ts',
      "import { record } from '@celeriac/gateway/src/core/record.ts';\nrecord.toFixed();",
    ],
    ['gateway-core-imports-only-downward', 'gateway/src/core/a.ts', "import '../engine/engine.ts';"],
    [
      'gateway-events-imports-only-downward',
      'gateway/src/events/a.ts',
      "import type * as top from '../index.ts';\nexport type A = typeof top;",
    ],
    ['client-record-imports-only-downward', 'client/src/record/a.ts', "import '../task/b.ts';"],
    ['client-hosting-imports-only-downward', 'client/src/hosting.ts', "import './task/b.ts';"],
    ['client-task-imports-only-downward', 'client/src/task/a.ts', "import '../index.ts';"],
    ['client-imports-no-react', 'client/src/d.ts', "import './react/a.ts';"],
    ['worker-pool-imports-only-downward', 'worker/src/pool/a.ts', "import '../host/a.ts';"],
    ['page-imports-only-client-and-react', 'demo-web/src/a.ts', "import '@celeriac/gateway';"],
    [
      'testing-doors-open-to-proofs-only',
      'e2e/d.test.ts',
      "import { record } from '@celeriac/gateway/testing';\nrecord.toFixed();",
    ],
    [
      'the-manual-clock-is-for-tests-only',
      'worker/src/e.ts',
      "import { clock } from '@celeriac/runtime/testing';\nclock.toFixed();",
    ],
    [
      'inner-doors-open-to-our-packages-only',
      'examples/a.ts',
      "import { record } from '@celeriac/gateway/internal';\nrecord.toFixed();",
    ],
    [
      'inner-doors-open-to-our-packages-only',
      'demo-web/src/b.ts',
      "import type { Key } from '@celeriac/runtime';\nexport type B = Key;",
    ],
    ['nothing-imports-the-outside', 'worker/src/c.ts', "import '../../tools/a.ts';"],
    ['sources-import-no-tests', 'worker/src/d.ts', "import './b.test.ts';"],
    ['every-import-is-seen', 'gateway/src/core/c.ts', "export type A = Array<import('../index.ts').B>;"],
  ];
  let problems: ReturnType<typeof checkImports>['problems'];

  // Each in a file of its own, so that one look finds them all.
  beforeAll(() => {
    build();
    write('tools/a.ts', 'export {};');
    write('worker/src/b.test.ts', 'export {};');
    for (const path of ['client/src/task/b.ts', 'client/src/react/a.ts', 'worker/src/host/a.ts'])
      write(path, 'export {};');
    for (const [, path, text] of BREACHES) write(path, text);
    ({ problems } = checkImports(root));
  });
  afterAll(remove);

  it.each(BREACHES)('%s', (rule, path) => {
    expect(
      problems.filter(({ text }) => text.startsWith(`${path} `)).map((problem) => problem.rule),
    ).toContain(rule);
  });
});

describe('the import law', () => {
  beforeEach(build);
  afterEach(remove);

  it('passes a house that keeps it, and has seen all of it', () => {
    const report = checkImports(root);
    expect(report.problems).toEqual([]);
    expect(report.files).toBe(Object.keys(lawful).length);
    expect(report.seen).toBe(report.files);
  });

  it('no-cycles, also when every import of the cycle is of types only', () => {
    expect(
      brokenBy({
        'gateway/src/core/a.ts': "import type { B } from './b.ts';\nexport interface A { readonly b: B }",
        'gateway/src/core/b.ts': "import type { A } from './a.ts';\nexport interface B { readonly a: A }",
      }),
    ).toEqual(['no-cycles']);
  });

  /** The law read by a cruiser whose options are changed. */
  function readWith(options: string): ReturnType<typeof checkImports> {
    const path = join(root, 'other.cjs');
    writeFileSync(
      path,
      `const law = require(${JSON.stringify(law)});
       module.exports = { ...law, options: { ...law.options, ${options} } };`,
    );
    return checkImports(root, path);
  }

  it('every-file-is-seen: fails when fewer modules were seen than files exist, though no rule is broken', () => {
    const report = readWith("exclude: { path: '[.]tsx?$' }");
    expect(report.seen).toBeLessThan(report.files);
    expect(report.problems.map((problem) => problem.rule)).toEqual(['every-file-is-seen']);
  });

  it('every-import-is-seen: fails when the parser passes over imports of types, though no rule is broken', () => {
    const rules = new Set(readWith("parser: 'acorn'").problems.map((problem) => problem.rule));
    expect([...rules]).toEqual(['every-import-is-seen']);
  });
});
