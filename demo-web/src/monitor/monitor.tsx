import { useQueues, useWorkers } from '@celeriac/client/react';
import { Charts } from './charts.tsx';
import { QueueTable } from './queue-table.tsx';
import { TaskList } from './task-table.tsx';
import { useActivity } from './use-activity.ts';
import { WorkerList } from './worker-list.tsx';
import './monitor.css';

/** Everything the gateway knows, live: throughput, queues, workers, and every task. */
export function MonitorView() {
  const queues = useQueues();
  const workers = useWorkers();
  const pulse = useActivity();
  const trouble = queues.trouble ?? workers.trouble;
  if (trouble !== null) {
    return (
      <p className="panel" role="alert">
        This page may not show the monitor: {trouble.message}
      </p>
    );
  }
  const waiting = queues.rows.reduce((sum, { depth }) => sum + depth, 0);
  const running = queues.rows.reduce((sum, queue) => sum + queue.running, 0);
  const online = workers.rows.filter(({ state }) => state === 'online').length;
  return (
    <div className="monitor" data-live={queues.live && workers.live}>
      <dl className="panel tiles">
        <Tile
          name="ended in the last second"
          value={(pulse.succeeded.at(-1) ?? 0) + (pulse.failed.at(-1) ?? 0)}
        />
        <Tile name="failed in three minutes" value={pulse.failed.reduce((sum, count) => sum + count, 0)} />
        <Tile name="waiting" value={waiting} />
        <Tile name="running" value={running} />
        <Tile name={online === 1 ? 'worker online' : 'workers online'} value={online} />
      </dl>
      <Charts pulse={pulse} />
      <QueueTable view={queues} />
      <WorkerList view={workers} />
      <TaskList queues={queues.rows} workers={workers.rows} />
    </div>
  );
}

function Tile({ name, value }: { readonly name: string; readonly value: number }) {
  return (
    <div className="counter">
      <dt>{name}</dt>
      <dd>{value.toLocaleString('en')}</dd>
    </div>
  );
}
