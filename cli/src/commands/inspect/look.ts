/** One look at something that keeps itself up to date. */
import type { Celeriac, RowsStore } from '@celeriac/client';
import type { Rows } from './show-rows.ts';

const CUT = 'there are more than these, or older ones that were not looked at';

/**
 * A feed is waited for without end; a question is not, so one is asked first.
 * @throws GatewayUnreachableError, or the feed's trouble
 */
export async function look<Row>(app: Celeriac, store: RowsStore<Row>): Promise<Rows<Row>> {
  for await (const _ of app.monitor.history({ limit: 1 })) break;
  return new Promise((resolve, reject) => {
    const stop = store.subscribe((view) => {
      if (view.trouble === null && !view.live) return;
      if (view.trouble === null) resolve({ rows: view.rows, missing: view.more ? CUT : undefined });
      else reject(view.trouble);
      queueMicrotask(() => stop());
    });
  });
}
