import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  CLIENT_FRAMES,
  CLOSE,
  COMMANDS,
  FEED_SCOPES,
  type Frame,
  type FrameScope,
  GATEWAY_FRAMES,
  GATEWAY_WORKER_FRAMES,
  type Heard,
  ORDERS,
  powerOf,
  WORKER_FRAMES,
} from '@celeriac/protocol/internal';
import { expect, test } from 'vitest';

const PAGE = fileURLToPath(new URL('../docs/protocol.md', import.meta.url));
const STORIES = new URL('../protocol/src/frames/', import.meta.url);

const NEEDS: { readonly [Name in FrameScope]: string } = {
  call: '`call:NAME`',
  read: '`read:ID`, `read:own`',
  revoke: '`revoke:ID`, `revoke:own`',
  work: '`work:QUEUE`, of each of its queues',
  worker: '`work:QUEUE`, of any',
  admin: '`admin:control`, `admin:backup`',
  tasks: '`read:own`, or `admin:read` for all tasks',
  none: '',
};

/** What a comment above a row says of it: of the parts of a table by their names, and of a frame by its. */
function meanings(parts: RegExp): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const file of readdirSync(STORIES)) {
    const source = readFileSync(new URL(file, STORIES), 'utf8');
    for (const [, part = '', rows = ''] of source.matchAll(/^(?:export )?const (\w+) = \{\n(.*?)^\}/gms)) {
      if (!parts.test(part)) continue;
      for (const [, comment = '', name = ''] of rows.matchAll(
        /^ {2}\/\*\*((?:(?!\*\/).)*)\*\/\n {2}(\w+):/gms,
      ))
        found.set(name, comment.replaceAll(/\s*\n\s*\*?\s*/g, ' ').trim());
    }
  }
  return found;
}

function draw(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** @param parts of the table, by the names of what it is put together from */
function drawHeard(table: Readonly<Record<string, Frame<unknown, boolean>>>, parts: RegExp): string {
  const said = meanings(parts);
  const rows = Object.entries(table).map(([name, { scope, bound, acknowledged }]) => {
    const most = bound === 1 ? '' : bound.toLocaleString('en');
    return [`\`${name}\``, said.get(name) ?? '', most, NEEDS[scope], acknowledged ? 'yes' : ''];
  });
  return draw(['Frame', 'What it says', 'Items', 'Scope', 'Answered'], rows);
}

function drawTold(table: Readonly<Record<string, Heard<unknown>>>, parts: RegExp): string {
  const said = meanings(parts);
  return draw(
    ['Frame', 'What it says'],
    Object.keys(table).map((name) => [`\`${name}\``, said.get(name) ?? '']),
  );
}

function drawCommands(): string {
  const said = meanings(/^(COMMANDS|ORDERS)$/);
  const names = [...Object.keys(COMMANDS), ...Object.keys(ORDERS)] as (keyof typeof COMMANDS)[];
  return draw(
    ['Command', 'What it does', 'Scope'],
    names.map((name) => [`\`${name}\``, said.get(name) ?? '', `\`admin:${powerOf(name)}\``]),
  );
}

const TABLES: Readonly<Record<string, () => string>> = {
  'from a client': () => drawHeard(CLIENT_FRAMES, /^(SESSION|SUBMIT|WATCH|STREAM|FEED|CONTROL)_FRAMES$/),
  'to a client': () => drawTold(GATEWAY_FRAMES, /^(SESSION|RECEIPT|WATCH|STREAM|FEED)_TOLD$/),
  'from a worker': () => drawHeard(WORKER_FRAMES, /^(WORKER_SESSION|ASSIGNMENT|OUTCOME)_FRAMES$/),
  'to a worker': () => drawTold(GATEWAY_WORKER_FRAMES, /^(WORKER_SESSION|ASSIGNMENT|OUTCOME)_TOLD$/),
  commands: drawCommands,
  feeds: () =>
    draw(
      ['Feed', 'Scope'],
      Object.entries(FEED_SCOPES).map(([kind, scope]) => [
        `\`${kind}\``,
        scope === 'admin' ? '`admin:read`' : NEEDS[scope],
      ]),
    ),
  'close codes': () => {
    const said = meanings(/^CLOSE$/);
    return draw(
      ['Close code', 'Why'],
      Object.entries(CLOSE).map(([name, code]) => [String(code), said.get(name) ?? '']),
    );
  },
};

// Out of date? npm run docs:protocol writes it anew.
test('docs/protocol.md has the frames that there are', async () => {
  const page = readFileSync(PAGE, 'utf8').replace(
    /(<!-- frames: ([\w ]+) -->\n).*?(<!-- end -->)/gs,
    (_, begin: string, name: string, end: string) => `${begin}${TABLES[name]?.()}\n${end}`,
  );
  await expect(page).toMatchFileSnapshot(PAGE);
});

test('nothing in its tables is without a word', () => {
  for (const draw of Object.values(TABLES)) expect(draw()).not.toMatch(/^\| [`\w]+ \| {2}\||undefined/m);
  for (const name of Object.keys(TABLES))
    expect(readFileSync(PAGE, 'utf8')).toContain(`<!-- frames: ${name} -->`);
});
