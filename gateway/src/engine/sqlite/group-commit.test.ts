import { describe, expect, it } from 'vitest';
import { DiskFullError, GroupCommit } from './group-commit.ts';
import type { Reply, StoreOperation } from './operations.ts';

const LAZY: StoreOperation = ['claim', [], 0];
const URGENT: StoreOperation = ['insert', [], false];
const READ: StoreOperation = ['get', []];

interface Disk {
  full: boolean;
  /** Room that is given up makes what is full no longer so. */
  reserve: boolean;
  /** Too full for the reserve. */
  crowded: boolean;
  answer: number[];
}

/** What happens to the store and what is told, in order. */
function record(failing = Number.POSITIVE_INFINITY): {
  readonly log: string[];
  readonly commits: GroupCommit;
  readonly disk: Disk;
} {
  const log: string[] = [];
  const disk: Disk = { full: false, reserve: false, crowded: false, answer: [] };
  let committed = 0;
  const store = {
    begin: () => void log.push('begin'),
    commit: () => {
      if (++committed === failing) throw new Error('disk I/O error');
      log.push('commit');
      if (disk.full) throw new DiskFullError('the disk is full');
    },
    execute: ([verb]: StoreOperation) => {
      log.push(verb);
      return disk.answer;
    },
    lanes: 0,
    takeCounts: () => [],
    rollback: () => log.push('rollback'),
    assertInPlace: () => undefined,
    releaseReserve: () => {
      if (!disk.reserve) return false;
      log.push('release');
      disk.reserve = false;
      disk.full = false;
      return true;
    },
    refillReserve: () => !disk.crowded,
    takeUnblocked: () => [],
  };
  const tell = (reply: Reply): void => {
    const facts = reply[0] === 'committed' ? ` ${reply[1]}, ${reply[2].length} reads` : '';
    log.push(`told ${reply[0]}${facts}${reply[0] === 'shortage' ? ` ${reply[1]}` : ''}`);
  };
  return { log, commits: new GroupCommit(store, tell), disk };
}

describe('GroupCommit', () => {
  it('answers before it commits, and commits what came together at once', () => {
    const { log, commits } = record();
    commits.execute([URGENT]);
    commits.execute([LAZY, URGENT]);
    expect(commits.urgent).toBe(true);
    commits.commit();
    expect(log).toEqual([
      'begin',
      'insert',
      'told applied',
      'claim',
      'insert',
      'told applied',
      'commit',
      'told committed 2, 0 reads',
    ]);
  });

  it('leaves the transaction open for what nobody waits for', () => {
    const { log, commits } = record();
    commits.execute([LAZY]);
    expect(commits.urgent).toBe(false);
    commits.execute([['advance', [], false]]);
    expect(commits.urgent).toBe(false);
    commits.execute([['advance', [], true]]);
    expect(commits.urgent).toBe(true);
    commits.commit();
    expect(log.filter((entry) => entry === 'begin' || entry === 'commit')).toEqual(['begin', 'commit']);
  });

  it('tells what was read only after the commit of what it may have seen', () => {
    const { log, commits } = record();
    commits.execute([LAZY, READ]);
    expect(commits.urgent).toBe(true);
    commits.commit();
    expect(log.slice(-2)).toEqual(['commit', 'told committed 1, 1 reads']);
  });

  it('tells at once what was read where nothing is open', () => {
    const { log, commits } = record();
    commits.execute([READ]);
    expect(commits.urgent).toBe(false);
    expect(log).toEqual(['get', 'told applied', 'told committed 1, 0 reads']);
  });

  it('does a transaction again with the reserve when the disk is full, and tells each answer once', () => {
    const { log, commits, disk } = record();
    disk.reserve = true;
    disk.full = true;
    commits.execute([URGENT, READ]);
    commits.execute([URGENT]);
    commits.commit();
    expect(log).toEqual([
      'begin',
      'insert',
      'get',
      'told applied',
      'insert',
      'told applied',
      'commit',
      'rollback',
      'told shortage the disk is full',
      'release',
      'begin',
      'insert',
      'get',
      'insert',
      'commit',
      'told committed 2, 1 reads',
    ]);
    expect(commits.waiting).toBe(false);
  });

  it('waits with all that arrives when there is no reserve left, and goes on when there is room', () => {
    const { log, commits, disk } = record();
    disk.full = true;
    commits.execute([URGENT]);
    commits.commit();
    commits.execute([URGENT]);
    expect(commits.urgent).toBe(false);
    commits.recover();
    expect(commits.waiting).toBe(true);
    expect(log.filter((entry) => entry.startsWith('told'))).toEqual([
      'told applied',
      'told shortage the disk is full',
      'told applied',
    ]);
    disk.full = false;
    commits.recover();
    expect(log.slice(-6)).toEqual([
      'begin',
      'insert',
      'insert',
      'commit',
      'told committed 2, 0 reads',
      'told shortage null',
    ]);
    expect(log.filter((entry) => entry === 'rollback')).toHaveLength(2);
  });

  it('goes on refusing until the reserve is there again', () => {
    const { log, commits, disk } = record();
    disk.reserve = true;
    disk.full = true;
    commits.execute([URGENT]);
    commits.commit();
    disk.crowded = true;
    commits.recover();
    expect(log).not.toContain('told shortage null');
    disk.crowded = false;
    commits.recover();
    commits.recover();
    expect(log.filter((entry) => entry === 'told shortage null')).toHaveLength(1);
  });

  it('ends the store where a request has another answer when it is done again', () => {
    const { commits, disk } = record();
    disk.full = true;
    commits.execute([URGENT]);
    commits.commit();
    disk.full = false;
    disk.answer = [7];
    expect(() => commits.recover()).toThrow('another answer');
  });

  it('says what is lost when it is closed without room', () => {
    const { commits, disk } = record();
    disk.full = true;
    commits.execute([URGENT]);
    commits.commit();
    expect(() => commits.close()).toThrow('the disk is full');
  });

  it('tells nobody that a commit which failed was done', () => {
    const { log, commits } = record(2);
    commits.execute([URGENT]);
    commits.commit();
    commits.execute([URGENT]);
    expect(() => commits.commit()).toThrow('disk I/O error');
    expect(log.filter((entry) => entry.startsWith('told committed'))).toHaveLength(1);
  });
});
