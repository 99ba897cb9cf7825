import { describe, expect, it } from 'vitest';
import { revokeTask } from '../core/transitions.ts';
import { change, keep, NOW, task } from './conformance/tasks.ts';
import { FaultyEngine } from './faulty-engine.ts';
import { MemoryEngine } from './memory/memory-engine.ts';

describe('FaultyEngine', () => {
  it('holds commits until they are released, and reads that may have seen them', async () => {
    const engine = new FaultyEngine(new MemoryEngine());
    const order: string[] = [];
    engine.holdCommits();
    const write = engine.insert([task('a')]);
    const committed = write.committed.then(() => order.push('committed'));
    const read = engine.get(['a']).then(() => order.push('read'));
    await write.applied;
    order.push('released');
    engine.releaseCommits();
    await Promise.all([committed, read]);
    expect(order[0]).toBe('released');
    expect(new Set(order)).toEqual(new Set(['released', 'committed', 'read']));
  });

  it.each(['undone', 'done'] as const)(
    'fails the write it was told to, which is %s, and is finished',
    async (fault) => {
      const disk = new MemoryEngine();
      const engine = new FaultyEngine(disk);
      engine.failWrite(2, fault);
      await keep(engine, task('a'));
      await expect(engine.insert([task('b')]).committed).rejects.toThrow('disk');
      expect(await engine.failed).toBeInstanceOf(Error);
      await expect(engine.get(['a'])).rejects.toThrow('disk');
      await expect(engine.insert([task('c')]).applied).rejects.toThrow('disk');

      const [a, b, c] = await new FaultyEngine(disk).get(['a', 'b', 'c']);
      expect([a?.id, b?.id, c?.id]).toEqual(['a', fault === 'done' ? 'b' : undefined, undefined]);
    },
  );

  it.each(['undone', 'done'] as const)(
    'fails a change with all that it spawns, which are %s',
    async (fault) => {
      const disk = new MemoryEngine();
      const engine = new FaultyEngine(disk);
      const kept = await keep(engine, task('a'));
      engine.failWrite(1, fault);
      const to = revokeTask(kept, 'revoked', NOW);
      await expect(engine.advance([{ ...change(kept, to), spawn: [task('b')] }]).committed).rejects.toThrow(
        'disk',
      );
      const [a, b] = await new FaultyEngine(disk).get(['a', 'b']);
      expect([a?.state, b?.state]).toEqual(
        fault === 'done' ? ['REVOKED', 'PENDING'] : ['PENDING', undefined],
      );
    },
  );

  it('fails what it held when it broke', async () => {
    const engine = new FaultyEngine(new MemoryEngine());
    engine.holdCommits();
    const held = engine.insert([task('a')]).committed;
    engine.failWrite(1, 'undone');
    await expect(engine.insert([task('b')]).committed).rejects.toThrow('disk');
    engine.releaseCommits();
    await expect(held).rejects.toThrow('disk');
  });
});
