import type { RowsView, WorkerRow } from '@celeriac/client';
import { agoText } from '../call/time-text.ts';
import { OrderRow } from '../control/order-row.tsx';
import { AnswerLine, type Give, useOrders } from '../control/orders.tsx';
import { Stepper } from '../control/stepper.tsx';
import { taskAddress } from '../view/use-view.ts';
import { useNow } from './use-now.ts';
import { slotsOrder, workerOrders } from './worker-orders.ts';

const SIGNS = { online: '●', draining: '◐', away: '○' } as const;
/** Tasks of one worker that are named; the rest is counted. */
const SHOWN = 6;
/** Slots that a worker may be given. */
const MOST_SLOTS = 10_000;

/** Who works, on what, how they are, and what can be asked of them. */
export function WorkerList({ view: { rows, live } }: { readonly view: RowsView<WorkerRow> }) {
  const now = useNow();
  const { answer, give } = useOrders();
  return (
    <section className="panel workers" aria-labelledby="workers-title">
      <h2 id="workers-title">Workers</h2>
      {rows.length === 0 ? (
        <p className="quiet">{live ? 'No worker is connected.' : 'Asking the gateway.'}</p>
      ) : (
        <ul className="lines">
          {rows.map((worker) => (
            <Worker key={worker.id} worker={worker} now={now} give={give} />
          ))}
        </ul>
      )}
      <AnswerLine answer={answer} />
    </section>
  );
}

interface WorkerProps {
  readonly worker: WorkerRow;
  readonly now: number;
  readonly give: Give;
}

function Worker({ worker, now, give }: WorkerProps) {
  const { name, host, pid, state, pool, queues, concurrency, held, running, processed } = worker;
  const { lagMs, rssBytes, cpuPercent, startedAt } = worker;
  const facts = [
    `${host}, pid ${pid}`,
    `${pool} pool`,
    queues.join(', '),
    `${processed.toLocaleString('en')} done`,
    cpuPercent === null ? null : `${Math.round(cpuPercent)} % cpu`,
    rssBytes === null ? null : `${Math.round(rssBytes / 2 ** 20)} MB`,
    lagMs === null ? null : `${Math.round(lagMs)} ms lag`,
    startedAt === null ? null : `up ${agoText(now - startedAt.getTime())}`,
  ].filter((fact) => fact !== null);
  return (
    <li data-standing={state}>
      <p className="line-head">
        <span aria-hidden="true" className="standing-sign">
          {SIGNS[state]}
        </span>
        <b>{name}</b>
        <span className="quiet">{state}</span>
        <span className="line-end">
          {Math.min(held, concurrency)} of {concurrency} slots
          {held > concurrency && `, ${held - concurrency} next`}
        </span>
      </p>
      <progress
        value={Math.min(held, concurrency)}
        max={Math.max(1, concurrency)}
        aria-label={`Load of ${name}`}
      />
      <p className="quiet line-facts">
        {facts.map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </p>
      <ul className="running" aria-label={`Running on ${name}`}>
        {running.slice(0, SHOWN).map((task) => (
          <li key={task.id}>
            <a href={taskAddress(task.id)}>{task.name}</a>
            {task.startedAt !== null && (
              <span className="quiet"> {agoText(now - task.startedAt.getTime())}</span>
            )}
          </li>
        ))}
        {running.length > SHOWN && <li className="quiet">and {running.length - SHOWN} more</li>}
      </ul>
      <OrderRow label={`Orders for worker ${name}`} orders={workerOrders(worker)} give={give}>
        <Stepper
          word="slots"
          of={`worker ${name}`}
          value={concurrency}
          most={MOST_SLOTS}
          orderFor={(slots) => slotsOrder(name, slots)}
          give={give}
        />
      </OrderRow>
    </li>
  );
}
