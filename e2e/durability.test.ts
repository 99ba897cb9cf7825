import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Child } from './harness/child.ts';
import { CLI, makeApp, makeFolder } from './harness/house.ts';

const hasStrace = spawnSync('strace', ['-V']).status === 0;
const WATCHED = 'fsync,fdatasync,pwrite64,write,writev,sendto,sendmsg';
/** Every sync is held up so long: what does not wait for it leaves well before it. */
const SYNC_DELAY_US = 30_000;

/** The process that strace runs: a signal to strace itself would only end the watching. */
function tracedBy(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
}

/** Where in the trace, from a line on, the first line stands that matches; fails when there is none. */
function find(
  lines: readonly string[],
  from: number,
  what: string,
  matches: (line: string) => boolean,
): number {
  const at = lines.findIndex((line, position) => position >= from && matches(line));
  expect(at, what).toBeGreaterThanOrEqual(0);
  return at;
}

test('a receipt leaves only after the sync of what it confirms', async () => {
  if (!hasStrace) {
    // Elsewhere this is said at the end of the run; on CI a durability that nobody saw is a failure.
    expect(process.env['CI'], 'strace is needed on CI').not.toBe('true');
    const notes = process.env['CELERIAC_NOTES'];
    if (notes !== undefined) appendFileSync(notes, 'durability: not observed\n');
    return;
  }
  const folder = makeFolder();
  const trace = join(folder, 'trace');
  const watching = ['-f', '-s', '8192', '-e', `trace=${WATCHED}`, '-o', trace];
  const slowing = ['-e', `inject=fsync,fdatasync:delay_enter=${SYNC_DELAY_US}`];
  const gateway = [process.execPath, CLI, 'gateway', '--port', '0', '--store', 'sqlite:celeriac.db'];
  const strace = new Child('strace', [...watching, ...slowing, ...gateway], { cwd: folder });
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(await strace.line(/http:/))?.[0] ?? '';
  const app = makeApp(url);
  const marks = Array.from({ length: 5 }, (_, call) => `mark-${call}-${process.pid}`);
  const ids: string[] = [];
  for (const mark of marks) {
    const res = app.sendTask('marked', [mark]);
    await res.accepted;
    ids.push(res.id);
  }
  await app.close();
  process.kill(tracedBy(strace.pid), 'SIGTERM');
  await strace.exited;

  const lines = readFileSync(trace, 'utf8').split('\n');
  for (const [call, mark] of marks.entries()) {
    const written = find(
      lines,
      0,
      `${mark} in the log`,
      (line) => line.includes('pwrite64(') && line.includes(mark),
    );
    const synced = find(lines, written, `a sync after ${mark}`, (line) =>
      /(fsync|fdatasync)(\(| resumed).*= 0/.test(line),
    );
    const told = find(lines, 0, `the receipt of ${mark}`, (line) => isReceipt(line, ids[call] ?? ''));
    expect(told, `the receipt of ${mark} after its sync`).toBeGreaterThan(synced);
  }
});

function isReceipt(line: string, id: string): boolean {
  return /\b(write|writev|sendto|sendmsg)\(/.test(line) && line.includes('receipts') && line.includes(id);
}
