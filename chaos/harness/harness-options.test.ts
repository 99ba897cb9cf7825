import { expect, test } from 'vitest';
import { readHarnessOptions } from './harness-options.ts';

const newSeed = (): number => 7;

test('without flags it is ten minutes of everything, with a new seed', () => {
  expect(readHarnessOptions([], newSeed)).toMatchObject({
    seed: 7,
    seconds: 600,
    faults: ['kill', 'stop', 'net', 'disk', 'clock', 'roll', 'mix'],
    callers: 20,
    folder: null,
  });
});

test('a run can be had again, shorter, and with some faults only', () => {
  const given = '--seed 12 --seconds 40 --faults kill,net --rate 50 --callers 5 --folder here'.split(' ');
  expect(readHarnessOptions(given, newSeed)).toEqual({
    seed: 12,
    seconds: 40,
    faults: ['kill', 'net'],
    rate: 50,
    callers: 5,
    folder: 'here',
    judge: null,
    help: false,
  });
});

test.for([
  [
    '--faults kill,fire',
    "expected --faults to be one of kill, stop, net, disk, clock, roll, mix, got: 'fire'",
  ],
  ['--seconds 5', 'expected --seconds to be an integer from 10 to 3600, got: 5'],
  ['--seconds 1e9', "expected --seconds to be an integer from 10 to 3600, got: '1e9'"],
  ['--seed x', "expected --seed to be an integer from 0 to 2147483647, got: 'x'"],
])('%s is refused', ([given, message]) => {
  expect(() => readHarnessOptions((given ?? '').split(' '), newSeed)).toThrow(message);
});

test('an unknown flag is refused', () => {
  expect(() => readHarnessOptions(['--speed', '9'], newSeed)).toThrow(/--speed/);
});
