import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { complete, start } from '../../core/transitions.ts';
import { change, claimAsk, keep, NOW, task, uuid } from '../conformance/tasks.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { SqliteEngine } from './sqlite-engine.ts';
import { checkStore, compactStore } from './upkeep.ts';

let folder: string;
let file: string;
let engines: SqliteEngine[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'celeriac-upkeep-'));
  file = join(folder, 'store.db');
  engines = [];
});
afterEach(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
  rmSync(folder, { recursive: true });
});

async function opened(store = file): Promise<SqliteEngine> {
  const engine = new SqliteEngine({ file: store });
  engines.push(engine);
  await engine.open();
  return engine;
}

const large = (id: string) => task(id, { args: 'x'.repeat(6_000) });

/** Tasks that are over, whose room is empty then. */
async function clearAway(engine: SqliteEngine, count: number): Promise<void> {
  await engine.insert(Array.from({ length: count }, (_, index) => large(uuid(index)))).committed;
  const [held = []] = await engine.claim([claimAsk({ limit: count })], NOW);
  await engine.advance(held.map((from) => change(from, complete(start(from, NOW), '4', NOW)))).committed;
  const outdated = { bodiesBefore: NOW + 1, tombstonesBefore: NOW + 1, surplusBefore: 0, tombstones: 0 };
  for (let more = true; more; ) ({ more } = await engine.prune(outdated, 1_000));
}

describe('a copy of an open store', () => {
  it('has all that was committed before, needs no other file, and is for its owner alone', async () => {
    const engine = await opened();
    await engine.insert(Array.from({ length: 2_000 }, (_, index) => large(uuid(index)))).committed;
    const copy = join(folder, 'copy.db');
    const made = engine.backup(copy);
    const meanwhile = Array.from({ length: 50 }, (_, index) => engine.insert([task(`m${index}`)]).committed);
    await Promise.all(meanwhile);
    expect(await made).toBe(statSync(copy).size);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual(['copy.db']);
    expect(checkStore(copy)).toMatchObject({ faults: [], open: false });

    const other = await opened(copy);
    const found = await other.get(Array.from({ length: 2_000 }, (_, index) => uuid(index)));
    expect(found.filter((record) => record === undefined)).toEqual([]);
    await keep(engine, task('after'));
  });

  it('clears away what one that was cut short has left', async () => {
    const engine = await opened();
    const copy = join(folder, 'copy.db');
    for (const part of ['', '-journal', '-wal', '-shm']) writeFileSync(`${copy}.partial${part}`, 'something');
    await engine.backup(copy);
    expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual(['copy.db']);
    expect(checkStore(copy).faults).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual(['copy.db']);
  });

  it('leaves what is there as it is', async () => {
    const engine = await opened();
    const copy = join(folder, 'copy.db');
    writeFileSync(copy, 'a diary');
    await expect(engine.backup(copy)).rejects.toThrow(`the store was not copied: ${copy} already exists`);
    expect(readFileSync(copy, 'utf8')).toBe('a diary');
    await expect(engine.backup(join(folder, 'absent', 'copy.db'))).rejects.toThrow(
      'the store was not copied',
    );
    await keep(engine, task('a'));
  });

  it('is given up when the store is closed', async () => {
    const engine = await opened();
    await engine.insert(Array.from({ length: 4_000 }, (_, index) => large(uuid(index)))).committed;
    const made = engine.backup(join(folder, 'copy.db'));
    made.catch(() => {});
    await engine.close();
    const whole = await made.then(
      () => true,
      () => false,
    );
    expect(existsSync(join(folder, 'copy.db'))).toBe(whole);
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });
});

describe('checkStore', () => {
  it('tells what is in a store', async () => {
    const engine = await opened();
    await clearAway(engine, 10);
    await keep(engine, task('a'));
    await engine.close();
    const before = readFileSync(file);
    expect(checkStore(file)).toEqual({
      faults: [],
      schema: SCHEMA_VERSION,
      newestSchema: SCHEMA_VERSION,
      open: false,
      bytes: before.length,
      freeBytes: expect.any(Number) as number,
      logBytes: 0,
      tasks: { waiting: 1, held: 0, ended: 0, tombstones: 0 },
    });
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('reads one whose gateway was killed, with its log, and leaves both as they are', async () => {
    await keep(await opened(), task('a'));
    const other = join(folder, 'other.db');
    for (const part of ['', '-wal']) copyFileSync(file + part, other + part);
    const before = ['', '-wal'].map((part) => readFileSync(other + part));
    expect(checkStore(other)).toMatchObject({ faults: [], open: true, tasks: { waiting: 1 } });
    expect(['', '-wal'].map((part) => readFileSync(other + part))).toEqual(before);
  });

  it('refuses one that a gateway holds, and one that is not there', async () => {
    await opened();
    expect(() => checkStore(file)).toThrow(
      `cannot check task store ${file}: this process already has it open`,
    );
    expect(() => compactStore(file)).toThrow('this process already has it open');
    for (const act of [checkStore, compactStore]) {
      expect(() => act(join(folder, 'none.db'))).toThrow('it does not exist');
      expect(existsSync(join(folder, 'none.db'))).toBe(false);
    }
  });

  it('reads one in a place where nothing can be made beside it', async () => {
    const engine = await opened();
    await keep(engine, task('a'));
    const other = join(folder, 'other.db');
    for (const part of ['', '-wal']) copyFileSync(file + part, other + part);
    await engine.close();
    for (const store of [file, other]) mkdirSync(`${store}-shm`);
    expect(checkStore(file)).toMatchObject({ faults: [], tasks: { waiting: 1 } });
    expect(checkStore(other)).toMatchObject({ faults: [], open: true, tasks: { waiting: 1 } });
  });

  it('tells what is damaged', async () => {
    const engine = await opened();
    await engine.insert(Array.from({ length: 1_000 }, (_, count) => task(uuid(count)))).committed;
    await engine.close();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 20 * 4_096, 24 * 4_096);
    writeFileSync(file, bytes);
    expect(checkStore(file).faults.length).toBeGreaterThan(0);
  });

  it.each([
    ['DELETE FROM contents WHERE key = 2', '1 tasks without their call'],
    ['DELETE FROM tasks WHERE key < 3', '2 calls without their task'],
    ['DELETE FROM lanes', '3 tasks that wait in a queue that does not exist'],
    [`UPDATE tasks SET cell = '[0,0' WHERE key = 1`, '1 tasks whose state cannot be read'],
    [`UPDATE contents SET origin = '}' WHERE key = 3`, '1 tasks whose call cannot be read'],
  ])('tells what no gateway writes: %s', async (sql, fault) => {
    const engine = await opened();
    await engine.insert([task('a'), task('b', { options: { priority: 3 } }), task('lone \ud800')]).committed;
    await engine.close();
    expect(checkStore(file).faults).toEqual([]);
    const db = new DatabaseSync(file);
    db.exec(sql);
    db.close();
    expect(checkStore(file).faults).toEqual([fault]);
  });

  it('takes one whose log is lost as it is, where that is asked for', async () => {
    await keep(await opened(), task('a'));
    const other = join(folder, 'other.db');
    copyFileSync(file, other);
    writeFileSync(`${other}-wal`, '');
    expect(() => checkStore(other)).toThrow(`its log ${other}-wal is missing`);
    expect(checkStore(other, true)).toMatchObject({ faults: [], open: true });
    expect(checkStore(other)).toMatchObject({ faults: [], open: false });
    await (await opened(other)).close();
  });
});

describe('compactStore', () => {
  it('makes a store of an older version small, which gives room back from then on', async () => {
    await (await opened()).close();
    const db = new DatabaseSync(file);
    db.exec('PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM');
    db.close();
    const engine = await opened();
    await keep(engine, task('a', { options: { queue: 'kept' } }));
    await clearAway(engine, 3_000);
    await engine.close();
    expect(statSync(file).size).toBeGreaterThan(18_000_000);
    const { bytesBefore, bytes } = compactStore(file);
    expect(bytesBefore).toBeGreaterThan(18_000_000);
    expect(bytes).toBeLessThan(1_000_000);
    expect(readdirSync(folder)).toEqual(['store.db']);
    expect(checkStore(file)).toMatchObject({ faults: [], open: false, tasks: { waiting: 1 } });
    const again = await opened();
    await clearAway(again, 3_000);
    await keep(again, task('b'));
    expect(statSync(file).size).toBeLessThan(6_000_000);
  });

  it('leaves one that it cannot write anew as it was, for its gateway to open', async () => {
    const engine = await opened();
    await engine.insert([task('a'), task('b')]).committed;
    await engine.close();
    const db = new DatabaseSync(file);
    db.function('known_here', { deterministic: true }, Number);
    db.exec('CREATE INDEX strange ON lanes (known_here(lane))');
    db.close();
    expect(() => compactStore(file)).toThrow(
      `cannot compact task store ${file}: no such function: known_here`,
    );
    expect(readdirSync(folder)).toEqual(['store.db']);
    const mended = new DatabaseSync(file);
    mended.exec('DROP INDEX strange');
    mended.close();
    expect(await (await opened()).get(['a', 'b'])).toMatchObject([{ id: 'a' }, { id: 'b' }]);
  });
});
