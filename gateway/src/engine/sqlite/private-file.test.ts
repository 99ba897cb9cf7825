import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@celeriac/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Reserve } from './reserve.ts';
import { SqliteEngine } from './sqlite-engine.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'celeriac-private-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function modes(): readonly string[] {
  return readdirSync(folder).map(
    (file) => `${file} ${(statSync(join(folder, file)).mode & 0o777).toString(8)}`,
  );
}

async function whileOpen<Value>(look: () => Value): Promise<Value> {
  const engine = new SqliteEngine({
    file: join(folder, 'tasks.db'),
    clock: systemClock,
    reserveBytes: 0,
  });
  await engine.open();
  try {
    return look();
  } finally {
    await engine.close();
  }
}

test('finding 16: a store and its log are for their owner alone', async () => {
  expect([...(await whileOpen(modes))].sort()).toEqual([
    'tasks.db 600',
    'tasks.db-log 600',
    'tasks.db-wal 600',
  ]);
});

test('finding 16: so is the reserve', () => {
  expect(new Reserve(join(folder, 'tasks.db'), 1024 * 1024).fill()).toBe(true);
  expect(modes()).toEqual(['tasks.db-reserve 600']);
});

test('finding 16: a store that others could read is closed to them when it is opened', async () => {
  await whileOpen(modes);
  for (const file of readdirSync(folder)) chmodSync(join(folder, file), 0o644);
  const seen = await whileOpen(modes);
  expect(seen.filter((line) => !line.endsWith(' 600'))).toEqual([]);
});
