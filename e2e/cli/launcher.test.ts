import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

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

describe('what Node has compiled', () => {
  /** A start that hangs ends here, and fails. */
  const PATIENCE_MS = 30_000;

  function startWith(env: Readonly<Record<string, string>>): { code: number | null; out: string } {
    const { NODE_COMPILE_CACHE: _, XDG_CACHE_HOME: __, ...rest } = process.env;
    const { status, stdout } = spawnSync(process.execPath, [launcher, '--version'], {
      encoding: 'utf8',
      env: { ...rest, ...env },
      timeout: PATIENCE_MS,
    });
    return { code: status, out: stdout };
  }
  function makeHome(): string {
    const home = mkdtempSync(join(tmpdir(), 'celeriac-home-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    return home;
  }
  const STARTED = { code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+/) };

  it('is kept in a folder that is for its user alone', () => {
    const home = makeHome();
    expect(startWith({ HOME: home })).toEqual(STARTED);
    const folder = join(home, '.cache/celeriac');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder)).not.toEqual([]);
  });

  it('is not kept in a folder that others may write to', () => {
    const home = makeHome();
    const folder = join(home, 'celeriac');
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    expect(startWith({ HOME: home, XDG_CACHE_HOME: home })).toEqual(STARTED);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is kept where the user says', () => {
    const home = makeHome();
    expect(startWith({ HOME: home, XDG_CACHE_HOME: join(home, 'caches') })).toEqual(STARTED);
    expect(readdirSync(home)).toEqual(['caches']);
  });

  it.each(['NODE_COMPILE_CACHE', 'NODE_DISABLE_COMPILE_CACHE'])('is left to Node where %s is set', (name) => {
    const home = makeHome();
    expect(startWith({ HOME: home, [name]: makeHome() })).toEqual(STARTED);
    expect(readdirSync(home)).toEqual([]);
  });

  it.each([
    ['no such home', '/nonexistent/home'],
    ['a home where nothing can be made', '/proc'],
    ['a home that is a file', launcher],
  ])('is not kept with %s', (_, home) => {
    expect(startWith({ HOME: home })).toEqual(STARTED);
  });
});
