import { expect, test } from 'vitest';
import { faultsOfFiles, faultsOfWords } from './packed-files.ts';

const whole = [
  'LICENSE',
  'README.md',
  'package.json',
  'dist/index.js',
  'dist/index.d.ts.map',
  'src/index.ts',
];

test('a package of what users need has no fault', () => {
  expect(faultsOfFiles([...whole, 'bin/celeriac.js', 'src/testing.ts'])).toEqual([]);
});

test.each([
  'src/index.test.ts',
  'src/types.test-d.ts',
  'dist/engine/conformance/suite.js',
  'src/test/engine.ts',
  'dist/.tsbuildinfo',
  'celeriac.db',
  'tsconfig.json',
  'node_modules/x/index.js',
])('%s is not for users', (path) => {
  expect(faultsOfFiles([...whole, path])).toContain(`${path} is nothing for users`);
});

test('what is missing, not built, or built from a source that is gone is named', () => {
  expect(faultsOfFiles(['package.json', 'src/index.ts'])).toEqual([
    'LICENSE is missing',
    'README.md is missing',
    'nothing is built: npm run build:packages',
  ]);
  expect(faultsOfFiles([...whole, 'dist/old.js'])).toEqual(['dist/old.js has no source']);
});

const manifest = { name: '@celeriac/x', description: 'x', keywords: ['celeriac'], license: 'MIT' };
const readme = '# @celeriac/x\nnpm install\n```ts\n// x.ts\n```\n[limits](../docs/limits.md)\n';

test('a package says what it is, how it is installed and used, and where to read on', () => {
  expect(faultsOfWords({ manifest, readme, licenses: ['MIT', 'MIT'] })).toEqual([]);
  const bare = { name: '@celeriac/x', description: '' };
  expect(faultsOfWords({ manifest: bare, readme: '', licenses: ['', 'MIT'] })).toHaveLength(7);
});
