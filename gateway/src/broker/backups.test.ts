import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setup } from '../../test/broker-setup.ts';
import { Backups } from './backups.ts';

let folder: string;
let store: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'celeriac-backups-')));
  mkdirSync(join(folder, 'data', 'old'), { recursive: true });
  store = join(folder, 'data', 'store.db');
  writeFileSync(store, 'a store');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What is copied where. */
function made(place: string | null = null): { readonly backups: Backups; readonly paths: string[] } {
  const paths: string[] = [];
  const backup = (path: string): Promise<number> => {
    paths.push(path);
    return Promise.resolve(7);
  };
  return { backups: new Backups({ file: store, backup }, place), paths };
}

describe('a backup', () => {
  it('goes into the folder of the store, by a relative path or an absolute one', async () => {
    const { backups, paths } = made();
    const names = ['monday.db', './tuesday.db', 'old/monday.db', join(folder, 'data', 'wednesday.db')];
    for (const name of names) await backups.take(name);
    const expected = ['monday.db', 'tuesday.db', 'old/monday.db', 'wednesday.db'];
    expect(paths).toEqual(expected.map((name) => join(folder, 'data', name)));
    expect(await backups.take('next.db')).toEqual({ path: join(folder, 'data', 'next.db'), bytes: 7 });
  });

  it('goes into another folder where the gateway has one', async () => {
    mkdirSync(join(folder, 'backups'));
    const { backups, paths } = made(join(folder, 'backups'));
    await backups.take('monday.db');
    expect(paths).toEqual([join(folder, 'backups', 'monday.db')]);
    await expect(backups.take(join(folder, 'data', 'monday.db'))).rejects.toThrow('backups go into');
  });

  it.each([
    ['/etc/monday.db', '/etc/monday.db is not in it'],
    ['../monday.db', 'backups go into'],
    ['old/../../monday.db', 'backups go into'],
    ['away/monday.db', 'backups go into'],
    ['.', 'backups go into'],
    ['..', ''],
    ['old/', 'expected the name of a file'],
    ['a\0b', 'expected the name of a file'],
    ['none/monday.db', 'there is no folder'],
    ['store.db', 'already exists'],
    ['old', 'already exists'],
    ['dangling.db', 'already exists'],
    ['store.db-wal', 'would be mistaken for a part of a store'],
    ['store.db-journal', 'would be mistaken for a part of a store'],
    ['monday.db.partial', 'such as monday.db.backup'],
  ])('is refused as %j', async (name, why) => {
    mkdirSync(join(folder, 'outside'));
    symlinkSync(join(folder, 'outside'), join(folder, 'data', 'away'));
    symlinkSync(join(folder, 'outside', 'planted.db'), join(folder, 'data', 'dangling.db'));
    const { backups, paths } = made();
    const refusal = backups.take(name);
    await expect(refusal).rejects.toMatchObject({ name: 'RefusedError', code: 'BACKUP_REFUSED' });
    await expect(refusal).rejects.toThrow(why);
    expect(paths).toEqual([]);
  });

  it('is made by itself, and the next one after it', async () => {
    const gates: ((bytes: number) => void)[] = [];
    let begun = (): void => {};
    const backup = () =>
      new Promise<number>((resolve) => {
        gates.push(resolve);
        begun();
      });
    const backups = new Backups({ file: store, backup }, null);
    for (const name of ['monday.db', 'tuesday.db']) {
      const running = new Promise<void>((resolve) => {
        begun = resolve;
      });
      const made = backups.take(name);
      await expect(backups.take('other.db')).rejects.toThrow('another backup is being made');
      await running;
      gates.shift()?.(7);
      expect(await made).toMatchObject({ bytes: 7 });
    }
  });

  it('that does not come about says why, and lets another one begin', async () => {
    const backups = new Backups(
      { file: store, backup: () => Promise.reject(new Error('the disk is full')) },
      null,
    );
    for (const name of ['monday.db', 'tuesday.db']) {
      await expect(backups.take(name)).rejects.toMatchObject({
        code: 'BACKUP_FAILED',
        message: 'the disk is full',
      });
    }
  });

  it('of a store in memory is refused in words', async () => {
    const { broker } = await setup();
    await expect(broker.control.run([['backup', 'monday.db']])).rejects.toThrow(
      'a store in memory is not backed up',
    );
    await broker.stop();
  });
});
