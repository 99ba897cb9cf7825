import { expect, test } from 'vitest';
import { childFlags, ownThreadFlags, taskThreadFlags } from './inherited-flags.ts';

const PRELOADED = ['--import', 'tsx', '-r', './pre.cjs', '--env-file', '.env', '-C', 'custom'];

test.each<[string, readonly string[], readonly string[]]>([
  ["V8's", ['--max-old-space-size=512', '--expose-gc'], ['--max-old-space-size=512', '--expose-gc']],
  ['preloads', PRELOADED, PRELOADED],
  ['values in the same word', ['--import=tsx', '--title=mine'], ['--import=tsx', '--title=mine']],
  ['a debugger', ['--inspect-port', '0', '--inspect', '--inspect-brk=9229', '--debug-port=1'], []],
  ['underscores', ['--inspect_port', '0', '--expose_gc'], ['--expose_gc']],
  [
    'code',
    ['-e', 'await 1', '--no-warnings', '-p', '1', '-pe', '1', '--eval=2', '--print', '3'],
    ['--no-warnings'],
  ],
  ['how code is read', ['--input-type=module', '--input-type', 'module', '--entry-url'], []],
  ['tests and watching', ['--test', '--test-name-pattern', 'x', '--watch-path', 'src', '--watch'], []],
  ['a snapshot', ['--snapshot-blob', 'snap.blob', '--cpu-prof-dir', 'prof'], ['--cpu-prof-dir', 'prof']],
  [
    'flags that only begin alike',
    ['--experimental-eventsource', '--preserve-symlinks', '--icu-data-dir', 'x'],
    ['--experimental-eventsource', '--preserve-symlinks', '--icu-data-dir', 'x'],
  ],
])('a child process is given or not: %s', (_, execArgv, expected) => {
  expect(childFlags(execArgv)).toEqual(expected);
});

test('a thread with tasks is left to Node but where that would refuse it, or flags are to be added', () => {
  const v8 = ['--expose-gc', '--title', 'mine', '-e', 'code'];
  expect(taskThreadFlags([...v8, ...PRELOADED], [])).toBeUndefined();
  const modules = ['--import', 'tsx', '-r', './pre.cjs', '-C', 'custom'];
  expect(taskThreadFlags([...v8, ...PRELOADED, '--input-type=module'], [])).toEqual(modules);
  expect(taskThreadFlags([...v8, ...PRELOADED], ['--conditions=mine'])).toEqual([
    ...modules,
    '--conditions=mine',
  ]);
});

test('a thread without tasks preloads nothing', () => {
  const warnings = ['--disable-warning=ExperimentalWarning', '--no-warnings'];
  expect(ownThreadFlags([...PRELOADED, ...warnings, '--expose-gc', '-e', 'code'])).toEqual([
    '-C',
    'custom',
    ...warnings,
  ]);
});
