import type { AsyncResult } from '@celeriac/client';
import { useAsyncResult } from '@celeriac/client/react';
import { useEffect, useMemo, useState } from 'react';
import { app } from '../app.ts';
import { OutcomeText } from '../call/outcome.tsx';
import { StateBadge } from '../call/state-mark.tsx';
import { StateTrack } from '../call/state-track.tsx';
import { durationText } from '../call/time-text.ts';
import { OrderRow } from '../control/order-row.tsx';
import { AnswerLine, useOrders } from '../control/orders.tsx';
import { TaskFactList } from './facts.tsx';
import { taskOrders } from './task-orders.ts';
import { TaskTimeline } from './timeline.tsx';
import '../call/call.css';
import './task.css';

/** All that is known of one task, whoever called it; live until it ends. */
export function TaskPage({ id }: { readonly id: string }) {
  const result = useMemo(() => app.AsyncResult(id), [id]);
  const view = useAsyncResult(result);
  const args = useArguments(result);
  const { answer, give } = useOrders();
  const { name, state, history, omitted, dateDone, trouble, known, synced } = view;
  if (synced && !known) return <NoTask id={id} />;
  const title = name ?? 'task';
  const over = dateDone !== null || trouble !== null;
  const [submitted] = history;
  return (
    <article className="task-view" data-state={state} aria-labelledby="task-title">
      <header className="panel task-view-head">
        <div className="call-head">
          <h2 id="task-title">{args === undefined ? title : `${title}(${args.map(shown).join(', ')})`}</h2>
          {dateDone !== null && submitted !== undefined && (
            <span className="took">{durationText(dateDone.getTime() - submitted.at.getTime())}</span>
          )}
          <StateBadge state={state} />
        </div>
        <p className="task-id">{id}</p>
        <StateTrack history={history} omitted={omitted} />
        <OutcomeText view={view} />
        <OrderRow
          label="Orders for this task"
          orders={known ? taskOrders(result, title, over) : []}
          give={give}
        />
        <AnswerLine answer={answer} />
      </header>
      <TaskTimeline history={history} omitted={omitted} />
      <TaskFactList view={view} args={args} />
    </article>
  );
}

function NoTask({ id }: { readonly id: string }) {
  return (
    <article className="panel" aria-labelledby="task-title">
      <h2 id="task-title">No task has this id</h2>
      <p className="task-id">{id}</p>
      <p>It was never called, or its record is no longer kept.</p>
    </article>
  );
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? 'undefined';
}

/** What the task was called with; `undefined` until the gateway has told it, and where it is not kept. */
function useArguments(result: AsyncResult): readonly unknown[] | undefined {
  const [args, setArgs] = useState(result.args);
  useEffect(() => {
    let gone = false;
    const ask = async (): Promise<void> => {
      await result.refresh();
      if (!gone) setArgs(result.args);
    };
    // Whatever is wrong with the task or the line is told where those are shown.
    ask().catch(() => {});
    return () => {
      gone = true;
    };
  }, [result]);
  return args;
}
