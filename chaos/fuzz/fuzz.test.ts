import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Chance } from '../simulation/chance.ts';
import { CLIENT_SAYS } from './client-says.ts';
import { readFuzzOptions } from './fuzz-options.ts';
import { FUZZ_PLANTS } from './fuzz-plants.ts';
import { SAYS_TO_CLIENT, SAYS_TO_WORKER } from './gateway-says.ts';
import { mutate, toFrameText } from './mutate.ts';
import { nothingKnown } from './parts.ts';
import { WORKER_SAYS } from './worker-says.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const ROOT = new URL('../../', import.meta.url);
const SAYS = { CLIENT_SAYS, WORKER_SAYS, SAYS_TO_CLIENT, SAYS_TO_WORKER };

function sentences(seed: number): readonly string[] {
  return Object.entries(SAYS).flatMap(([who, frames]) =>
    Object.entries(frames).map(([name, make]) => {
      const chance = new Chance(seed, `${who} ${name}`);
      return toFrameText([name, mutate(chance, make(chance, nothingKnown()))]);
    }),
  );
}

test('a seed says the same again, and another one something else', () => {
  expect(sentences(7)).toEqual(sentences(7));
  expect(sentences(7)).not.toEqual(sentences(8));
});

test('takes a seed, minutes and who is hostile', () => {
  const args = ['--seed', '7', '--minutes', '0.5', '--links', 'client,gateway'];
  expect(readFuzzOptions(args, () => 1)).toEqual({
    seed: 7,
    seconds: 30,
    links: ['client', 'gateway'],
    from: 0,
    plant: null,
    help: false,
  });
  expect(readFuzzOptions([], () => 1)).toMatchObject({ seed: 1, seconds: 60 });
  expect(() => readFuzzOptions(['--links', 'server'], () => 1)).toThrow(
    'expected --links to be one of client',
  );
  expect(() => readFuzzOptions(['--plant', 'toString'], () => 1)).toThrow(
    'expected --plant to be one of those',
  );
});

test.each(Object.entries(FUZZ_PLANTS))('the place for "%s" is there, once', (_, { file, line }) => {
  expect(readFileSync(new URL(file, ROOT), 'utf8').split(line)).toHaveLength(2);
});

test.each([
  ['a frame of a client is not read', 'client'],
  ['a frame of a client is read without end', 'client'],
  ['a frame of a worker is not read', 'worker'],
  ['a refusal has the stack of its error', 'client'],
  ['a client takes in what it could not read', 'gateway'],
])('a bug is found: %s', { timeout: 240_000 }, async (name, links) => {
  const args = ['--conditions', 'celeriac-source', '--no-warnings', MAIN];
  const options = ['--seed', '1', '--minutes', '2', '--links', links, '--plant', name];
  const { stdout } = await promisify(execFile)(process.execPath, [...args, ...options]).catch(
    (failure: { readonly stdout: string }) => failure,
  );
  expect(stdout).toContain(FUZZ_PLANTS[name]?.trips);
  expect(stdout).toContain(`again: npm run fuzz -- --seed 1 --minutes 2 --links ${links} --plant '${name}'`);
});
