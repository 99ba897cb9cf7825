import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ManualClock } from '@celeriac/runtime/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keep, task } from '../conformance/tasks.ts';
import { markedOpen } from './marks.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { SqliteEngine, type SqliteOptions } from './sqlite-engine.ts';

let folder: string;
let file: string;
let engines: SqliteEngine[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'celeriac-loss-'));
  file = join(folder, 'store.db');
  engines = [];
});
afterEach(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
  rmSync(folder, { recursive: true });
});

function make(options: Partial<SqliteOptions> = {}): SqliteEngine {
  const engine = new SqliteEngine({ file, reserveBytes: 4_096, ...options });
  engines.push(engine);
  return engine;
}

/** Open, with one task in it. */
async function used(options: Partial<SqliteOptions> = {}): Promise<SqliteEngine> {
  const engine = make(options);
  await engine.open();
  await keep(engine, task('a'));
  return engine;
}

/** What a gateway that is killed now would leave, under another name. */
function left(parts: readonly string[]): string {
  const other = join(folder, 'other.db');
  for (const part of parts) copyFileSync(file + part, other + part);
  return other;
}

async function finds(store: string, ids: readonly string[]): Promise<boolean> {
  const engine = make({ file: store });
  await engine.open();
  const found = await engine.get(ids);
  await engine.close();
  return found.every((record) => record !== undefined);
}

describe('a store of a gateway that was killed', () => {
  it('is taken with its log', async () => {
    await used();
    expect(await finds(left(['', '-wal']), ['a'])).toBe(true);
  });

  it('is refused without its log, and left as it is', async () => {
    await used();
    const other = left(['']);
    const before = readFileSync(other);
    await expect(make({ file: other }).open()).rejects.toThrow(
      `cannot open task store ${other}: its log ${other}-wal is missing`,
    );
    expect(readFileSync(other).equals(before)).toBe(true);
    expect(existsSync(`${other}-wal`)).toBe(false);
  });

  it('is refused with an empty log', async () => {
    await used();
    const other = left(['']);
    writeFileSync(`${other}-wal`, '');
    await expect(make({ file: other }).open()).rejects.toThrow('is missing');
  });

  it('is taken without it where SQLite has moved the log and deleted it, as for a thread that is ended', async () => {
    await used();
    const other = left(['', '-wal', '-log']);
    const db = new DatabaseSync(other);
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    db.prepare('SELECT epoch FROM meta').get();
    db.close();
    expect(existsSync(`${other}-wal`)).toBe(false);
    expect(await finds(other, ['a'])).toBe(true);
  });

  it('is refused where the log was deleted, which is still there by another name', async () => {
    await used();
    const other = left(['', '-log']);
    await expect(make({ file: other }).open()).rejects.toThrow(`(${other}-log is the same file)`);
    renameSync(`${other}-log`, `${other}-wal`);
    expect(await finds(other, ['a'])).toBe(true);
  });

  it('is refused again where nothing was kept since it was opened again', async () => {
    await (await used()).close();
    await make().open();
    await expect(make({ file: left(['']) }).open()).rejects.toThrow('is missing');
    expect(await finds(left(['', '-wal']), ['a'])).toBe(true);
  });
});

describe('a store behind a link', () => {
  it('has its log beside what the link leads to', async () => {
    symlinkSync(file, join(folder, 'link.db'));
    const engine = make({ file: join(folder, 'link.db') });
    await engine.open();
    await keep(engine, task('a'));
    expect(existsSync(`${file}-wal`)).toBe(true);
    const other = left(['', '-wal']);
    symlinkSync(other, join(folder, 'other-link.db'));
    expect(await finds(join(folder, 'other-link.db'), ['a'])).toBe(true);
    copyFileSync(file, other);
    await expect(make({ file: join(folder, 'other-link.db') }).open()).rejects.toThrow(
      `${other}-wal is missing`,
    );
  });
});

describe('a store that was closed', () => {
  it('may be moved or copied alone', async () => {
    await (await used()).close();
    expect(await finds(left(['']), ['a'])).toBe(true);
  });

  it.each(['OPEN', 'SHUT'])('is taken where its mark did not get all the way: %s', async (mark) => {
    await (await used()).close();
    const db = new DatabaseSync(file);
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL');
    const open = markedOpen(SCHEMA_VERSION);
    if (mark === 'OPEN') db.exec(`PRAGMA user_version = ${open}`);
    else
      db.exec(
        `PRAGMA user_version = ${open}; PRAGMA wal_checkpoint(PASSIVE); PRAGMA user_version = ${SCHEMA_VERSION}`,
      );
    const other = left(['', '-wal']);
    if (mark === 'SHUT') copyFileSync(file, other);
    db.close();
    if (mark === 'SHUT') copyFileSync(file, other);
    expect(await finds(other, ['a'])).toBe(true);
  });

  it('is taken with a log in which only its mark was torn, as by a power loss', async () => {
    await (await used()).close();
    const db = new DatabaseSync(file);
    db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA user_version = ${markedOpen(SCHEMA_VERSION)}`);
    const other = left(['', '-wal']);
    db.close();
    const log = readFileSync(`${other}-wal`);
    log.fill(0, 1_024, 2_048);
    writeFileSync(`${other}-wal`, log);
    expect(await finds(other, ['a'])).toBe(true);
  });

  it('is refused with the log of another one', async () => {
    await (await used()).close();
    copyFileSync(file, join(folder, 'backup.db'));
    const engine = make();
    await engine.open();
    await keep(engine, task('b'));
    const other = left(['', '-wal']);
    copyFileSync(join(folder, 'backup.db'), other);
    await expect(make({ file: other }).open()).rejects.toThrow(
      `${other}-wal beside it is not its log, but that of another store`,
    );
    rmSync(`${other}-wal`);
    expect(await finds(other, ['a'])).toBe(true);
  });
});

describe('a folder, a device', () => {
  it('is no store', async () => {
    await expect(make({ file: folder }).open()).rejects.toThrow(
      `cannot open task store ${folder}: it is a folder`,
    );
    await expect(make({ file: '/dev/null' }).open()).rejects.toThrow(
      'cannot open task store /dev/null: it is not a file',
    );
  });
});

describe('where a store was', () => {
  it.each(['emptied', 'deleted'])('none is begun silently when it was %s', async (what) => {
    await (await used()).close();
    if (what === 'emptied') truncateSync(file);
    else rmSync(file);
    await expect(make().open()).rejects.toThrow(
      `${what === 'emptied' ? 'it is empty' : 'it does not exist'}, but ${file}-reserve of a store that was here is`,
    );
    rmSync(`${file}-reserve`);
    expect(await finds(file, [])).toBe(true);
  });

  it.each(['emptied', 'deleted'])('a log that is left says so when it was %s', async (what) => {
    await used();
    const other = left(['', '-wal']);
    if (what === 'emptied') truncateSync(other);
    else rmSync(other);
    await expect(make({ file: other }).open()).rejects.toThrow(
      `but ${other}-wal of a store that was here is`,
    );
    expect(statSync(`${other}-wal`).size).toBeGreaterThan(0);
  });

  it('an empty file alone, and room that somebody else keeps, are no store', async () => {
    writeFileSync(file, '');
    writeFileSync(`${file}-reserve`, Buffer.alloc(4_096));
    expect(await finds(file, [])).toBe(true);
  });
});

describe('under an open engine', () => {
  it.each([
    ['deleted', () => rmSync(file)],
    ['emptied', () => truncateSync(file)],
    ['moved', () => renameSync(file, join(folder, 'elsewhere.db'))],
    [
      'replaced',
      () => {
        copyFileSync(file, join(folder, 'copy.db'));
        renameSync(join(folder, 'copy.db'), file);
      },
    ],
  ])('a store that is %s ends it before anything more is kept', async (_, act) => {
    const engine = await used();
    act();
    await expect(keep(engine, task('b'))).rejects.toThrow(
      'was deleted, emptied, overwritten, moved or replaced while it was open',
    );
    expect((await engine.failed).message).toContain(file);
    await expect(make().open()).rejects.toThrow(/is missing|that was here/);
  });

  it('a backup that is copied over it ends it, and is left as it is beside the log that is not its own', async () => {
    const engine = await used();
    const copy = join(folder, 'backup.db');
    await engine.backup(copy);
    await keep(engine, task('b'));
    copyFileSync(copy, file);
    await expect(keep(engine, task('c'))).rejects.toThrow('overwritten');
    await engine.close();
    expect(readFileSync(file).equals(readFileSync(copy))).toBe(true);
    await expect(make().open()).rejects.toThrow(`${file}-wal beside it is not its log`);
    rmSync(`${file}-wal`);
    expect(await finds(file, ['a'])).toBe(true);
  });

  it('a backup that is copied over it is not taken for the store when it is closed', async () => {
    const engine = await used();
    const copy = join(folder, 'backup.db');
    await engine.backup(copy);
    copyFileSync(copy, file);
    await engine.close();
    expect((await engine.failed).message).toContain('overwritten');
    expect(readFileSync(file).equals(readFileSync(copy))).toBe(true);
  });

  it('one that is moved takes with it all that was kept', async () => {
    const engine = await used();
    const elsewhere = join(folder, 'elsewhere.db');
    renameSync(file, elsewhere);
    await engine.failed;
    expect(await finds(elsewhere, ['a'])).toBe(true);
  });

  it('a log that is deleted ends it, and nothing that was kept is lost', async () => {
    const engine = await used();
    rmSync(`${file}-wal`);
    await expect(keep(engine, task('b'))).rejects.toThrow(
      `the log ${file}-wal was deleted, emptied or moved`,
    );
    expect(await finds(file, ['a'])).toBe(true);
  });

  it('it is noticed within a second where nothing is to be kept', async () => {
    const clock = new ManualClock();
    const engine = await used({ clock: { soon: setImmediate, after: (ms, act) => clock.after(ms, act) } });
    rmSync(file);
    await clock.advance(1_000);
    expect((await engine.failed).message).toContain('was deleted, emptied, overwritten, moved or replaced');
    await engine.close();
    expect(clock.timers).toBe(0);
  });
});
