/** One look at something that keeps itself up to date. */
import type { Celeriac, RowsStore } from '@celeriac/client';

/**
 * A feed is waited for without end; a question is not, so one is asked first.
 * @throws GatewayUnreachableError, or the feed's trouble
 */
export async function look<Row>(app: Celeriac, store: RowsStore<Row>): Promise<readonly Row[]> {
  for await (const _ of app.monitor.history({ limit: 1 })) break;
  return new Promise((resolve, reject) => {
    const stop = store.subscribe((view) => {
      if (view.trouble === null && !view.live) return;
      if (view.trouble === null) resolve(view.rows);
      else reject(view.trouble);
      queueMicrotask(() => stop());
    });
  });
}
