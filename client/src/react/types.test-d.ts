/** What the compiler promises of the hooks. Checked by `tsc`; nothing here runs. */
import { expectTypeOf } from 'vitest';
import { type AsyncResult, Celeriac, type ResultView } from '../index.ts';
import { useAsyncResult, useTask } from './index.ts';

const app = new Celeriac();
const add = app.task('add', (x: number, y: number) => x + y);
const typed = new Celeriac<{ readonly add: typeof add }>();

export function Types(): void {
  const use = useTask(typed.tasks.add);
  expectTypeOf(use.call).parameters.toEqualTypeOf<[x: number, y: number]>();
  expectTypeOf(use.call(2, 2)).toEqualTypeOf<AsyncResult<number, unknown>>();
  expectTypeOf(use.view).toEqualTypeOf<ResultView<number> | null>();
  if (use.view?.kind === 'success') expectTypeOf(use.view.result).toEqualTypeOf<number>();
  // @ts-expect-error a view has a result, a use has a handle
  use.result;
  // @ts-expect-error add takes numbers
  use.call('2', 2);
  // @ts-expect-error add takes two
  use.call(2);
  useTask(add).applyAsync([2, 2], { queue: 'lopri' });

  expectTypeOf(useAsyncResult(add.delay(2, 2))).toEqualTypeOf<ResultView<number>>();
  expectTypeOf(useAsyncResult('id')).toEqualTypeOf<ResultView>();
  expectTypeOf(useAsyncResult(use.handle)).toEqualTypeOf<ResultView<number> | null>();
}
