import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimAsk, keep, NOW, task } from '../conformance/tasks.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { SqliteEngine } from './sqlite-engine.ts';
import { checkStore } from './upkeep.ts';

let folder: string;
let file: string;
let engines: SqliteEngine[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'celeriac-older-'));
  file = join(folder, 'store.db');
  engines = [];
});
afterEach(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
  rmSync(folder, { recursive: true });
});

async function opened(): Promise<SqliteEngine> {
  const engine = new SqliteEngine({ file });
  engines.push(engine);
  await engine.open();
  return engine;
}

/** As the gateway of that schema left it: closed, or killed before anything of its log was moved. */
function write(schema: number, left: 'closed' | 'killed'): void {
  const made = join(folder, 'made.db');
  const db = new DatabaseSync(made);
  db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL');
  const dump = fileURLToPath(new URL(`./test/schema-${schema}.sql`, import.meta.url));
  db.exec(readFileSync(dump, 'utf8'));
  if (left === 'killed') copyFileSync(`${made}-wal`, `${file}-wal`);
  else db.close();
  copyFileSync(made, file);
  if (left === 'killed') db.close();
  rmSync(made);
}

const PHASES = [
  ['ended', 'ended'],
  ['retried', 'scheduled'],
  ['running', 'running'],
  ['leased', 'leased'],
  ['undefined', 'unrouted'],
  ['scheduled', 'scheduled'],
  ['expiring', 'ready'],
  ['urgent', 'ready'],
  ['through', 'ready'],
  ['blocked', 'blocked'],
  ['blocked too', 'blocked'],
  ['lone \ud800', 'ready'],
  ['lost', 'ready'],
] as const;

describe.each([
  [4, 'closed'],
  [4, 'killed'],
  [7, 'closed'],
  [7, 'killed'],
] as const)('a store of schema %i that its gateway left %s', (schema, left) => {
  it('is found sound, and left as it is', () => {
    write(schema, left);
    expect(checkStore(file)).toMatchObject({
      faults: [],
      schema,
      open: left === 'killed',
      tasks: { waiting: 10, held: 2, ended: 1, tombstones: 0 },
    });
    expect(checkStore(file).schema).toBe(schema);
  });

  it('goes on with all its tasks, in their order', async () => {
    write(schema, left);
    const engine = new SqliteEngine({ file });
    engines.push(engine);
    const opening = await engine.open();
    expect(opening.held.map(({ id }) => id)).toEqual(['running', 'leased']);
    expect(opening).toMatchObject({ pausedQueues: ['media'], settings: [['add', { taskLimit: 7 }]] });
    const found = await engine.get(PHASES.map(([id]) => id));
    expect(found.map((record) => [record?.id, record?.phase])).toEqual(PHASES);
    const ids = async () => (await engine.claim([claimAsk()], NOW)).flat().map(({ id }) => id);
    await keep(engine, task('new'));
    expect(await ids()).toEqual(['urgent', 'expiring', 'through', 'lone \ud800', 'lost', 'new']);
    expect((await engine.promoteDue(NOW + 60_000, 100)).ready).toMatchObject([{ count: 2 }]);
    expect(await ids()).toEqual(['retried', 'scheduled']);
    await engine.close();
    expect(checkStore(file)).toMatchObject({ faults: [], schema: SCHEMA_VERSION, open: false });
  });
});

it('the store of an older gateway that is left without its log, which has all of it, is refused', async () => {
  write(4, 'killed');
  truncateSync(`${file}-wal`);
  await expect(opened()).rejects.toThrow(`it is empty without its log, and ${file}-wal is missing`);
  expect(readFileSync(file).length).toBe(4_096);
});

it('a store of this schema tells an older gateway, in numbers, that it is newer', async () => {
  const engine = await opened();
  const version = (): number => readFileSync(file).readInt32BE(60);
  expect(version()).toBeGreaterThan(SCHEMA_VERSION);
  await engine.close();
  expect(version()).toBe(SCHEMA_VERSION);
  // What it looks at first.
  expect(readFileSync(file).toString('latin1', 68, 72)).toBe('Clrc');
});

it('a store that cannot be brought up stays one that its gateway opens', async () => {
  write(7, 'closed');
  const broken = new DatabaseSync(file);
  broken.exec('DROP INDEX tasks_ready');
  broken.close();
  await expect(opened()).rejects.toThrow('no such index: tasks_ready');
  expect(existsSync(`${file}-wal`)).toBe(false);
  expect(checkStore(file)).toMatchObject({ schema: 7, open: false, faults: [] });
  expect(readFileSync(file).readInt32BE(60)).toBe(7);
});
