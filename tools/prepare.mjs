// Runs after `npm ci` and `npm install` in a checkout. Plain old syntax: without the optional packages
// the Node that runs it may be too old to strip types.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

if (existsSync(`${root}/node_modules/typescript`) && existsSync(`${root}/node_modules/vite`)) {
  const build = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  process.exitCode = build.status === 0 ? 0 : 1;
} else {
  process.stdout.write('No build tools installed (dev dependencies omitted): nothing is built.\n');
}
