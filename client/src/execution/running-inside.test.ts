import { CHILDREN } from '@celeriac/protocol/internal';
import { beforeEach, describe, expect, test } from 'vitest';
import { INSIDE, type InsideTask, type TaskSelf } from '../hosting.ts';
import type { FakeTask } from '../test/fake-task.ts';
import { TestExecutor } from '../test/test-executor.ts';

let t: TestExecutor;
beforeEach(() => {
  t = new TestExecutor();
});

describe('calls made inside', () => {
  function insideOf(self: TaskSelf): InsideTask {
    return (self as TaskSelf & { readonly [INSIDE]: InsideTask })[INSIDE];
  }

  test('become children, each once and in order, until the body has ended', async () => {
    const body = (self: TaskSelf): string => {
      for (const id of ['a', 'b', 'a']) insideOf(self).called(id);
      return insideOf(self).rootId;
    };
    const handlers: FakeTask['handlers'] = {
      beforeStart: (self) => insideOf(self).called('first'),
      onSuccess: (self) => insideOf(self).called('late'),
    };
    const { outcome, children } = await t.run(body, { bind: true, handlers, context: { rootId: 'root' } });
    expect([outcome, children]).toEqual([
      ['success', '"root"'],
      ['first', 'a', 'b'],
    ]);
    const many = await t.run(
      (self: TaskSelf) => {
        for (let count = 0; count <= CHILDREN; count++) insideOf(self).called(`child-${count}`);
        self.retry();
      },
      { bind: true },
    );
    expect([many.outcome[0], many.children.length]).toEqual(['retry', CHILDREN]);
  });

  test('lend the slot from the first wait to the end of the last', async () => {
    const { waits } = await t.run(
      (self: TaskSelf) => {
        const [first, second] = [insideOf(self).wait(), insideOf(self).wait()];
        first();
        first();
        second();
        insideOf(self).wait()();
      },
      { bind: true },
    );
    expect(waits).toEqual([true, false, true, false]);
  });
});
