import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GATEWAY_OPTIONS } from '@celeriac/gateway/internal';
import { expect, test } from 'vitest';
import { GATEWAY_ADDRESS } from './common-flags.ts';
import { environmentName, type Flag, type FlagTable, showDefault } from './flag.ts';
import { logLevelFlag } from './logging.ts';
import { WORKER_FLAGS } from './worker-flags.ts';

const PATH = fileURLToPath(new URL('../../../docs/configuration.md', import.meta.url));
const TABLES: Readonly<Record<string, FlagTable>> = {
  gateway: { ...GATEWAY_OPTIONS, logLevel: logLevelFlag('info') },
  worker: { ...GATEWAY_ADDRESS, ...WORKER_FLAGS, logLevel: logLevelFlag('info') },
};

function row(flag: Flag<unknown>): string {
  const shown = showDefault(flag);
  const written = [`--${flag.flag}`, ...(flag.value === undefined ? [] : [flag.value])].join(' ');
  const cells = [
    `\`${written}\``,
    `\`${environmentName(flag)}\``,
    shown === undefined ? '' : `\`${shown}\``,
    flag.help,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function draw(table: FlagTable): string {
  const rows = Object.values(table).map(row);
  return ['| Flag | Environment | Default | What it is |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

// Out of date? npm run docs:configuration writes it anew.
test('docs/configuration.md has the flags that there are', async () => {
  const page = readFileSync(PATH, 'utf8').replace(
    /(<!-- flags of the (\w+) -->\n).*?(<!-- end -->)/gs,
    (_, begin: string, name: string, end: string) => `${begin}${draw(TABLES[name] ?? {})}\n${end}`,
  );
  await expect(page).toMatchFileSnapshot(PATH);
});
