import type { MonitorEvent, TaskRow } from '@celeriac/client';
import { useEffect, useState } from 'react';
import { app } from '../app.ts';
import { Activity, type ActivityView } from './activity.ts';

/** Three minutes, one point a second. */
const SPAN_S = 180;
/** How much of what was before is looked up at the start. */
const LOOK_BACK = 2_000;

const ENDS: Readonly<Record<string, 'succeeded' | 'failed'>> = {
  'task-succeeded': 'succeeded',
  'task-ignored': 'succeeded',
  'task-failed': 'failed',
};

/** What happened in the last minutes, updated each second while it is mounted. */
export function useActivity(): ActivityView {
  const [view, setView] = useState(() => new Activity(SPAN_S).view(Date.now() / 1000));
  useEffect(() => {
    const pulse = new Activity(SPAN_S);
    const events = app.monitor.events({
      types: ['task-sent', 'task-succeeded', 'task-failed', 'task-ignored'],
    });
    const loop = events[Symbol.asyncIterator]();
    const follow = async (): Promise<void> => {
      const since = Date.now() / 1000;
      const present = loop.next();
      for (const row of await recent(since - SPAN_S)) countRow(pulse, row, since);
      for (let next = await present; !next.done; next = await loop.next())
        if (next.value.type !== 'gap') countEvent(pulse, next.value);
    };
    // A feed that is refused is told where the tables are.
    follow().catch(() => {});
    const ticking = setInterval(() => setView(pulse.view(Date.now() / 1000)), 1_000);
    return () => {
      clearInterval(ticking);
      void loop.return(undefined);
    };
  }, []);
  return view;
}

async function recent(since: number): Promise<readonly TaskRow[]> {
  const rows: TaskRow[] = [];
  for await (const row of app.monitor.history({ limit: 500 })) {
    if (rows.length === LOOK_BACK || row.submittedAt.getTime() / 1000 < since) break;
    rows.push(row);
  }
  return rows.toReversed();
}

/** What ends after `until` is told by an event. */
function countRow(pulse: Activity, { id, state, submittedAt, endedAt }: TaskRow, until: number): void {
  pulse.sent(id, submittedAt.getTime() / 1000);
  if (endedAt === null || endedAt.getTime() / 1000 > until) return;
  if (state === 'SUCCESS' || state === 'IGNORED') pulse.ended(id, 'succeeded', endedAt.getTime() / 1000);
  else if (state === 'FAILURE') pulse.ended(id, 'failed', endedAt.getTime() / 1000);
}

function countEvent(pulse: Activity, { type, uuid, timestamp }: MonitorEvent): void {
  if (uuid === undefined) return;
  if (type === 'task-sent') pulse.sent(uuid, timestamp);
  const kind = ENDS[type];
  if (kind !== undefined) pulse.ended(uuid, kind, timestamp);
}
