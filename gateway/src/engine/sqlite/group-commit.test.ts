import { describe, expect, it } from 'vitest';
import { GroupCommit } from './group-commit.ts';
import type { Operation, Reply } from './operations.ts';

const LAZY: Operation = ['claim', [], 0];
const URGENT: Operation = ['insert', []];
const READ: Operation = ['get', []];

/** What happens to the store and what is told, in order. */
function record(failing = Number.POSITIVE_INFINITY): {
  readonly log: string[];
  readonly commits: GroupCommit;
} {
  const log: string[] = [];
  let committed = 0;
  const store = {
    begin: () => void log.push('begin'),
    commit: () => {
      if (++committed === failing) throw new Error('disk I/O error');
      log.push('commit');
    },
    execute: ([verb]: Operation) => {
      log.push(verb);
      return [];
    },
    takeCounts: () => [],
  };
  const tell = (reply: Reply): void => {
    log.push(
      reply[0] === 'committed' ? `told committed ${reply[1]}, ${reply[2].length} reads` : `told ${reply[0]}`,
    );
  };
  return { log, commits: new GroupCommit(store, tell) };
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

  it('tells nobody that a commit which failed was done', () => {
    const { log, commits } = record(2);
    commits.execute([URGENT]);
    commits.commit();
    commits.execute([URGENT]);
    expect(() => commits.commit()).toThrow('disk I/O error');
    expect(log.filter((entry) => entry.startsWith('told committed'))).toHaveLength(1);
  });
});
