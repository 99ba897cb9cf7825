import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { ManualClock } from '@celeriac/runtime/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { complete, release, retry, start } from '../../core/transitions.ts';
import { change, claimAsk, claimOne, keep, NOW, task, uuid } from '../conformance/tasks.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { SqliteEngine, type SqliteOptions } from './sqlite-engine.ts';
import { LAZY_MS } from './urgency.ts';

const PAGE = 4096;

/** Keeps tasks in the file it is given, until it is killed. */
const KEEPER = fileURLToPath(new URL('./test/keep-until-killed.ts', import.meta.url));

/** Before tasks had places. */
const PLACELESS = `ALTER TABLE lanes RENAME COLUMN kind TO solo; DROP INDEX tasks_ready; DROP INDEX tasks_blocked; ALTER TABLE tasks DROP COLUMN place;
  CREATE INDEX tasks_ready ON tasks (lane, rank) WHERE phase = 2;`;

let folder: string;
let file: string;
let engines: SqliteEngine[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'celeriac-sqlite-'));
  file = join(folder, 'store.db');
  engines = [];
});
afterEach(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
  rmSync(folder, { recursive: true });
});

function make(options: Partial<SqliteOptions> = {}): SqliteEngine {
  const engine = new SqliteEngine({ file, ...options });
  engines.push(engine);
  return engine;
}

async function opened(options: Partial<SqliteOptions> = {}): Promise<SqliteEngine> {
  const engine = make(options);
  await engine.open();
  return engine;
}

describe('a file', () => {
  async function withDatabase(act: (db: DatabaseSync) => void): Promise<void> {
    await (await opened()).close();
    const db = new DatabaseSync(file);
    act(db);
    db.close();
  }

  it('is made, and named by the epoch that was given', async () => {
    expect(await make({ epoch: 'first' }).open()).toMatchObject({ epoch: 'first' });
    await engines[0]?.close();
    expect(await make({ epoch: 'second' }).open()).toMatchObject({ epoch: 'first' });
  });

  it('in a folder that is not there is refused', async () => {
    const absent = join(folder, 'absent', 'store.db');
    await expect(make({ file: absent }).open()).rejects.toThrow(`cannot open task store ${absent}`);
  });

  it('of a newer version is refused, with both numbers', async () => {
    await withDatabase((db) => db.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 41}`));
    const refusal = expect(make().open()).rejects;
    await refusal.toThrow(
      `its schema has version ${SCHEMA_VERSION + 41}; this gateway knows versions up to ${SCHEMA_VERSION}`,
    );
  });

  it('of an older version becomes one of this, with all that it holds', async () => {
    const first = await opened();
    await keep(first, task('a'));
    await first.insert([task('lone \ud800'), task(uuid(1))]).committed;
    await first.close();
    const db = new DatabaseSync(file);
    db.exec(
      `${PLACELESS} DROP TABLE settings; DROP TABLE paused_queues; DROP TABLE revoked_tokens; DROP INDEX tasks_through; DROP INDEX tasks_expiring;
       DROP INDEX contents_owner; ALTER TABLE contents DROP COLUMN owner; ALTER TABLE contents DROP COLUMN subject;
       ALTER TABLE tasks DROP COLUMN gate; ALTER TABLE tasks DROP COLUMN gate_limit;
       CREATE INDEX tasks_expiring ON tasks (expires_at) WHERE expires_at IS NOT NULL AND phase < 3;
       ALTER TABLE meta DROP COLUMN secret; UPDATE contents SET id_hash = key;
       PRAGMA user_version = 1`,
    );
    db.close();
    const engine = await opened();
    const ids = ['a', 'lone \ud800', uuid(1)];
    expect(await engine.get(ids)).toMatchObject(ids.map((id) => ({ id, subject: null })));
    expect((await engine.claim([claimAsk()], NOW)).flat().map(({ id }) => id)).toEqual(ids);
    await keep(engine, task('b', { subject: 'alice' }));
    expect(await engine.get(['b'])).toMatchObject([{ subject: 'alice' }]);
    await engine.tune([['add', { taskLimit: 1 }]]).committed;
    await engine.pause([['media', true]]).committed;
    await engine.close();
    expect(await make().open()).toMatchObject({
      settings: [['add', { taskLimit: 1 }]],
      pausedQueues: ['media'],
    });
  });

  it('finding 22: keys its hashes with a secret of its own, which its epoch does not tell', async () => {
    const hashesOf = async (name: string) => {
      const engine = new SqliteEngine({ file: join(folder, name), epoch: 'epoch' });
      await engine.open();
      await engine.insert([task('a', { call: { concurrencyKey: 'k' } })]).committed;
      await engine.close();
      const db = new DatabaseSync(join(folder, name));
      const row = db.prepare('SELECT id_hash, gate FROM contents JOIN tasks USING (key)').get();
      db.close();
      return [Number(row?.['id_hash']), Number(row?.['gate'])] as const;
    };
    const one = await hashesOf('one.db');
    const other = await hashesOf('other.db');
    expect(one.filter((hash) => other.includes(hash))).toEqual([]);
  });

  it('finding 22: of an older version gets a secret, and knows its gates by it', async () => {
    const keyed = (id: string) => task(id, { call: { concurrencyKey: 'k' }, options: { keyLimit: 2 } });
    const first = await opened({ secret: 'once' });
    await first.insert(['a', 'b', 'c'].map(keyed)).committed;
    await first.close();
    const db = new DatabaseSync(file);
    db.exec(
      `${PLACELESS} CREATE INDEX tasks_blocked ON tasks (gate, rank) WHERE phase = 6;
       ALTER TABLE meta DROP COLUMN secret; DROP INDEX contents_owner;
       ALTER TABLE contents DROP COLUMN owner; ALTER TABLE contents DROP COLUMN subject; DROP TABLE revoked_tokens; PRAGMA user_version = 4`,
    );
    db.close();
    const engine = await opened({ secret: 'now' });
    await engine.insert([keyed('d')]).committed;
    const phases = (await engine.get(['a', 'b', 'c', 'd'])).map((record) => record?.phase);
    expect(phases).toEqual(['ready', 'ready', 'blocked', 'blocked']);
    const held = await claimOne(engine);
    await engine.advance([change(held, complete(start(held, NOW), '4', NOW))]).committed;
    expect((await engine.get(['c']))[0]?.phase).toBe('ready');
    await engine.close();
    const again = new DatabaseSync(file);
    expect(again.prepare('SELECT secret FROM meta').get()).toEqual({ secret: 'now' });
    again.close();
  });

  it('keeps the order in which its tasks wait', async () => {
    const engine = await opened();
    await engine.insert(['a', 'b', 'held', 'given back'].map((id) => task(id))).committed;
    for (let run = 0; run < 10; run++) {
      const claimed = await claimOne(engine, { seed: `${run}` });
      const begun = start(claimed, NOW);
      const again = retry(begun, '{}', NOW, NOW);
      if (claimed.id === 'a' || claimed.id === 'b')
        await engine.advance([change(claimed, begun, false), change(begun, again)]).committed;
    }
    await engine.close();
    const reopened = await opened();
    await keep(reopened, task('c'));
    const [back] = await reopened.get(['given back']);
    if (back === undefined) throw new Error('a task is gone');
    await reopened.advance([change(back, release(back, NOW))]).committed;
    expect((await reopened.claim([claimAsk()], NOW)).flat().map(({ id }) => id)).toEqual([
      'given back',
      'a',
      'b',
      'c',
    ]);
  });

  it('of something else is refused', async () => {
    const db = new DatabaseSync(file);
    db.exec('CREATE TABLE songs (title TEXT)');
    db.close();
    const before = readFileSync(file);
    await expect(make().open()).rejects.toThrow('it is a database of another program');
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('that is no database is refused, and left as it is', async () => {
    writeFileSync(file, 'a diary, page 1\n'.repeat(500));
    await expect(make().open()).rejects.toThrow(/not a database/);
    expect(statSync(file).size).toBe(8_000);
  });

  it('that is damaged is refused', async () => {
    const engine = await opened();
    await engine.insert(Array.from({ length: 1_000 }, (_, count) => task(uuid(count)))).committed;
    await engine.close();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 20 * PAGE, 24 * PAGE);
    writeFileSync(file, bytes);
    // Each time, and with that reason.
    await expect(make().open()).rejects.toThrow(/damaged|malformed/);
    await expect(make().open()).rejects.toThrow(/damaged|malformed/);
  });

  it('that another engine holds is refused, until that one is closed', async () => {
    const first = await opened();
    const second = make();
    await expect(second.open()).rejects.toThrow(
      `cannot open task store ${file}: this process already has it open`,
    );
    expect(await second.failed).toBeInstanceOf(Error);
    // The lock against other processes is not given up by that.
    const other = spawnSync(process.execPath, ['--conditions=celeriac-source', KEEPER, file], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(other.stderr).toContain('another process holds it');
    await keep(first, task('a'));
    await first.close();
    expect(await (await opened()).get(['a'])).toMatchObject([{ id: 'a' }]);
  });

  it('is a WAL that is gone after a close', async () => {
    await withDatabase((db) => {
      expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    });
    expect(() => statSync(`${file}-wal`)).toThrow('ENOENT');
  });
});

describe('group commit', () => {
  it('makes one transaction of what one turn called', async () => {
    const engine = await opened();
    const writes = Array.from({ length: 500 }, (_, count) => engine.insert([task(uuid(count))]).committed);
    await Promise.all(writes);
    expect(engine.commits).toBe(1);
  });

  it('lets what nobody waits for ride along', async () => {
    const engine = await opened({ clock: soonOnly() });
    await keep(engine, task('a'));
    const claimed = await claimOne(engine);
    const running = start(claimed, NOW);
    const lazy = engine.advance([change(claimed, running, false)]);
    await lazy.applied;
    expect(engine.commits).toBe(1);
    await keep(engine, task('b'));
    await lazy.committed;
    expect(engine.commits).toBe(2);
  });

  it('commits what rides along with nobody after a few milliseconds', async () => {
    const clock = new ManualClock();
    const engine = await opened({ clock: { soon: setImmediate, after: (ms, act) => clock.after(ms, act) } });
    const { applied, committed } = engine.advance([
      change(task('ghost'), start(await claimed(engine), NOW), false),
    ]);
    await applied;
    expect(engine.commits).toBe(1);
    await clock.advance(LAZY_MS);
    await committed;
    expect(engine.commits).toBe(2);
    // The one that looks whether the store is still there.
    expect(clock.timers).toBe(1);
  });

  it('does not let a get wait for that', async () => {
    const engine = await opened({ clock: soonOnly() });
    const record = await claimed(engine);
    expect(await engine.get(['a'])).toEqual([record]);
    expect(engine.commits).toBe(2);
  });

  async function claimed(engine: SqliteEngine) {
    await keep(engine, task('a'));
    return claimOne(engine);
  }

  /** No time passes. */
  function soonOnly(): NonNullable<SqliteOptions['clock']> {
    return { soon: setImmediate, after: () => ({ cancel() {} }) };
  }
});

describe('a full disk', () => {
  it('keeps what was committed, says why it waits, and tells nobody that what it could not keep is kept', async () => {
    const engine = await opened({ maxPages: 200 });
    const big = (id: string) => task(id, { args: 'x'.repeat(200_000) });
    const kept: string[] = [];
    const fill = async (): Promise<void> => {
      for (let count = 0; count < 20; count++) {
        await engine.insert([big(`${count}`)]).committed;
        kept.push(`${count}`);
      }
    };
    const filled = fill();
    filled.catch(() => {});
    expect(await engine.shortage.until((why) => why !== null)).toContain('the disk is full');
    // Waits like whatever comes after it, until there is room or the end.
    const read = engine.get(['0']);
    await engine.close();
    await expect(filled).rejects.toThrow(`the disk is full`);
    await expect(read).rejects.toThrow('the disk is full');
    expect((await engine.failed).message).toContain('the disk is full');

    const next = await opened();
    expect(kept.length).toBeGreaterThan(0);
    const found = await next.get([...kept, `${kept.length}`]);
    expect(found.map((record) => record?.id)).toEqual([...kept, undefined]);
  });

  it('rejects everything that was outstanding when it is closed, and nothing twice', async () => {
    const engine = await opened({ maxPages: 60 });
    const writes = [task('a'), task('b', { args: 'x'.repeat(400_000) }), task('c')].map((record) =>
      engine.insert([record]),
    );
    const claimed = engine.claim([], NOW);
    const settled = Promise.allSettled([
      ...writes.flatMap(({ applied, committed }) => [applied, committed]),
      claimed,
    ]);
    await engine.shortage.until((why) => why !== null);
    await engine.close();
    expect(new Set((await settled).map((outcome) => outcome.status))).toEqual(new Set(['rejected']));
    expect(await (await opened()).get(['a', 'b', 'c'])).toEqual([undefined, undefined, undefined]);
  });

  it.each(['before it is heard of', 'once it is heard of'])(
    'leaves no timer in an engine that is closed %s',
    async (when) => {
      const clock = new ManualClock();
      const engine = await opened({
        maxPages: 60,
        clock: { soon: setImmediate, after: (ms, act) => clock.after(ms, act) },
      });
      const write = engine.insert([task('a', { args: 'x'.repeat(400_000) })]);
      const settled = Promise.allSettled([write.applied, write.committed]);
      if (when === 'once it is heard of') await engine.shortage.until((why) => why !== null);
      await engine.close();
      await settled;
      expect(clock.timers).toBe(0);
    },
  );

  it('leaves a reserve beside the store, and makes it once', async () => {
    const engine = await opened({ reserveBytes: 3 * PAGE });
    await engine.insert([task('a')]).committed;
    await engine.get(['a']);
    expect(statSync(`${file}-reserve`).size).toBe(3 * PAGE);
    expect(engine.shortage.get()).toBe(null);
  });
});

describe('room that is empty', () => {
  const everything = { bodiesBefore: NOW + 1, tombstonesBefore: NOW + 1, surplusBefore: 0, tombstones: 0 };

  it('goes back to the disk step by step, but for some that is used again', async () => {
    const engine = await opened();
    const ids = Array.from({ length: 4_000 }, (_, count) => uuid(count));
    await engine.insert(ids.map((id) => task(id, { args: 'x'.repeat(6_000) }))).committed;
    const [held = []] = await engine.claim([claimAsk({ limit: ids.length })], NOW);
    await engine.advance(held.map((from) => change(from, complete(start(from, NOW), '4', NOW)))).committed;
    // Whatever of it is still in the log is moved.
    const full = statSync(file).size + statSync(`${file}-wal`).size;
    expect(full).toBeGreaterThan(24_000_000);
    let steps = 0;
    for (let more = true; more; steps++) ({ more } = await engine.prune(everything, 2_048));
    // However large the steps are in which tasks are cleared away.
    expect(steps).toBeGreaterThan((2 * 4_000) / 2_048 + (24_000_000 / PAGE - 1_100) / 256);
    // The log is moved with the one commit, and begins anew with the next.
    await keep(engine, task('last'));
    await keep(engine, task('after'));
    expect(statSync(file).size).toBeLessThan(1_100 * PAGE);
    expect(statSync(`${file}-wal`).size).toBeLessThan(9 * 1024 * 1024);
    expect(await engine.prune(everything, 500)).toEqual({ touched: 0, more: false });
  });
});

describe('a process that is killed', () => {
  it('has lost nothing that it said was committed', async () => {
    const child = spawn(process.execPath, ['--conditions=celeriac-source', KEEPER, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const told: string[] = [];
    for await (const id of createInterface({ input: child.stdout })) {
      told.push(id);
      // Held as long as it lives; and killed in the middle of its work.
      if (told.length === 200) await expect(make().open()).rejects.toThrow('another process holds it');
      if (told.length === 2_000) child.kill('SIGKILL');
    }
    await exited(child);
    expect(told.length).toBeGreaterThanOrEqual(2_000);
    const engine = await opened();
    const found = await engine.get(told);
    expect(found.map((record) => record?.id)).toEqual(told);
  });

  async function exited(child: ChildProcess): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) {
      await new Promise((resolve) => {
        child.once('exit', resolve);
      });
    }
  }
});
