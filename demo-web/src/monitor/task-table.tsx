import type { QueueRow, TaskListOptions, WorkerRow } from '@celeriac/client';
import { useDefinitions, useTaskList } from '@celeriac/client/react';
import { useDeferredValue, useState } from 'react';
import { type TaskFilterChoice, TaskFilters } from './task-filters.tsx';
import { TaskRows } from './task-rows.tsx';

const LIMIT = 2_000;
const ANY: TaskFilterChoice = { state: '', queue: '', worker: '', name: '', text: '' };

interface TaskTableProps {
  readonly queues: readonly QueueRow[];
  readonly workers: readonly WorkerRow[];
}

/** The newest tasks that match, each a line that changes as the task does. */
export function TaskList({ queues, workers }: TaskTableProps) {
  const [choice, setChoice] = useState(ANY);
  const wanted = useDeferredValue(choice);
  const { rows, more, live, trouble } = useTaskList(filterOf(wanted));
  const definitions = useDefinitions();
  return (
    <section className="panel tasks" aria-labelledby="tasks-title">
      <div className="tasks-head">
        <h2 id="tasks-title">Tasks</h2>
        <p className="quiet" role="status">
          {trouble?.message ?? countText(rows.length, more, live)}
        </p>
      </div>
      <TaskFilters
        choice={choice}
        queues={queues.map(({ name }) => name)}
        workers={[...new Set(workers.map(({ name }) => name))]}
        names={definitions.rows.map(({ name }) => name)}
        change={setChoice}
      />
      <TaskRows rows={rows} />
    </section>
  );
}

function filterOf({ state, queue, worker, name, text }: TaskFilterChoice): TaskListOptions {
  return {
    limit: LIMIT,
    ...(state === '' ? {} : { states: [state] }),
    ...(queue === '' ? {} : { queue }),
    ...(worker === '' ? {} : { worker }),
    ...(name === '' ? {} : { name }),
    ...(text === '' ? {} : { text }),
  };
}

function countText(count: number, more: boolean, live: boolean): string {
  if (count === 0) return live ? 'none' : 'asking the gateway';
  return `${more ? 'the newest ' : ''}${count.toLocaleString('en')}`;
}
