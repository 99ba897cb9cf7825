import type { Celeriac, HistoryStore, TaskListOptions, TaskRow } from '@celeriac/client';
import type { ShownRows } from './show-rows.ts';

/** Rows that are asked for at a time. */
const PAGE = 500;
/** Times that more is asked for; each reads on to the next tasks that match, over 200,000 that do not. */
const TURNS = 100;
const BEYOND = 'there may be older ones that match; see --limit';
const OLDER = 'there are older tasks, which were not searched';

/** The newest tasks that match. @throws RefusedError, GatewayUnreachableError */
export async function readNewest(
  app: Celeriac,
  filter: TaskListOptions,
  limit: number,
): Promise<ShownRows<TaskRow>> {
  // One more than is shown says whether there are more; where it takes long to find one, that stays open.
  const history = app.monitor.history({ ...filter, limit: Math.min(limit + 1, PAGE) });
  let enough = false;
  for (let turn = 0; turn < TURNS; turn++) {
    const { rows, done } = await more(history);
    if (rows.length > limit || (enough && !done)) return { rows: rows.slice(0, limit), missing: BEYOND };
    if (done) return { rows };
    enough = rows.length === limit;
  }
  return { rows: history.get().rows, missing: OLDER };
}

/** The tasks that wait for their time, the soonest first. @throws as {@link readNewest} */
export async function readScheduled(app: Celeriac, limit: number): Promise<ShownRows<TaskRow>> {
  const history = app.monitor.history({ states: ['PENDING', 'RETRY'], limit: PAGE });
  let done = false;
  for (let turn = 0; turn < TURNS && !done; turn++) done = (await more(history)).done;
  const scheduled = soonestFirst(history.get().rows);
  const missing = done ? moreScheduled(scheduled.length - limit) : OLDER;
  return { rows: scheduled.slice(0, limit), missing };
}

/** Those of these that wait for their time. */
export function soonestFirst(rows: readonly TaskRow[]): readonly TaskRow[] {
  return rows.filter(({ waiting }) => waiting === 'due').sort((one, other) => dueAt(one) - dueAt(other));
}

function dueAt({ eta }: TaskRow): number {
  return eta?.getTime() ?? 0;
}

function moreScheduled(count: number): string | undefined {
  return count > 0 ? `${count} more are due later; see --limit` : undefined;
}

async function more(history: HistoryStore): Promise<ReturnType<HistoryStore['get']>> {
  await history.more();
  const view = history.get();
  if (view.trouble !== null) throw view.trouble;
  return view;
}
