import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const launcher = fileURLToPath(new URL('../../cli/bin/celeriac.js', import.meta.url));
const linked = fileURLToPath(new URL('../../node_modules/.bin/celeriac', import.meta.url));

function launchOn(version: string): { code: number | null; out: string; err: string } {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, launcher, '--help'],
    { encoding: 'utf8' },
  );
  return { code: status, out: stdout, err: stderr };
}

it.each(['12.22.0', '20.20.2', '22.17.1'])('says in one line that Node %s is too old', (version) => {
  expect(launchOn(version)).toEqual({
    code: 2,
    out: '',
    err: `celeriac needs Node 22.18 or newer; this is ${version}\n`,
  });
});

it.each(['22.18.0', '24.0.0', '26.1.0'])('starts on Node %s', (version) => {
  expect(launchOn(version).err).not.toContain('celeriac needs Node');
});

it('is linked where npm links commands', () => {
  expect(existsSync(linked)).toBe(true);
});
