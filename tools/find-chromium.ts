// Finds a Chromium for the browser tests: one that is here, else Debian's as root, else Playwright's own.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const usual = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Flags that make a browser start as root, without a screen, and keep to this machine. */
export const chromiumFlags: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of a Chromium on this machine, without installing anything. */
export function presentChromium(): string | undefined {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)));
  return [process.env.CHROMIUM_PATH ?? '', ...usual, ...onPath, chromium.executablePath()].find(
    (path) => path !== '' && isExecutable(path),
  );
}

function run(limitSeconds: number, command: string, ...args: string[]): boolean {
  process.stderr.write(`$ ${command} ${args.join(' ')}\n`);
  const { status } = spawnSync(command, args, {
    stdio: ['ignore', 2, 2],
    timeout: limitSeconds * 1000,
    killSignal: 'SIGKILL',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return status === 0;
}

const installers: readonly (() => boolean)[] = [
  () =>
    process.getuid?.() === 0 &&
    isExecutable('/usr/bin/apt-get') &&
    run(120, 'apt-get', 'update') &&
    run(300, 'apt-get', 'install', '-y', '--no-install-recommends', 'chromium'),
  () => {
    const playwright = fileURLToPath(new URL('../node_modules/@playwright/test/cli.js', import.meta.url));
    return run(60, process.execPath, playwright, 'install', 'chromium');
  },
];

/** The path of a Chromium, installed first where there is none. */
export function findChromium(): string {
  const present = presentChromium();
  if (present !== undefined) return present;
  for (const install of installers) {
    const installed = install() ? presentChromium() : undefined;
    if (installed !== undefined) return installed;
  }
  throw new Error(
    'No Chromium found and none could be installed: set CHROMIUM_PATH to one, or install chromium or google-chrome.',
  );
}

if (import.meta.main) process.stdout.write(`${findChromium()}\n`);
