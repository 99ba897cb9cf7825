import type { QueueRow, RowsView } from '@celeriac/client';
import { agoText } from '../call/time-text.ts';
import { countText } from '../control/order.ts';
import { OrderRow } from '../control/order-row.tsx';
import { AnswerLine, type Give, useOrders } from '../control/orders.tsx';
import { queueOrders } from './queue-orders.ts';
import { useNow } from './use-now.ts';

/** What waits where, since when, how fast it moves, and what can be done about it. */
export function QueueTable({ view: { rows, live } }: { readonly view: RowsView<QueueRow> }) {
  const now = useNow();
  const { answer, give } = useOrders();
  const deepest = Math.max(1, ...rows.map(({ depth }) => depth));
  return (
    <section className="panel queues" aria-labelledby="queues-title">
      <h2 id="queues-title">Queues</h2>
      {rows.length === 0 ? (
        <p className="quiet">{live ? 'No queue yet.' : 'Asking the gateway.'}</p>
      ) : (
        <ul className="lines">
          {rows.map((queue) => (
            <Queue key={queue.name} queue={queue} deepest={deepest} now={now} give={give} />
          ))}
        </ul>
      )}
      <AnswerLine answer={answer} />
    </section>
  );
}

interface QueueProps {
  readonly queue: QueueRow;
  readonly deepest: number;
  readonly now: number;
  readonly give: Give;
}

function Queue({ queue, deepest, now, give }: QueueProps) {
  const { name, depth, running, oldest, inPerSecond, outPerSecond, paused, workers } = queue;
  return (
    <li>
      <p className="line-head">
        <b>{name}</b>
        {paused && (
          <span className="badge" data-state="RETRY">
            paused
          </span>
        )}
        <span className="line-end">
          {depth.toLocaleString('en')} waiting, {running} running
        </span>
      </p>
      <progress value={depth} max={deepest} aria-label={`Depth of ${name}`} />
      <p className="quiet line-facts">
        <span>
          {rateText(inPerSecond)} in, {rateText(outPerSecond)} out
        </span>
        <span>{oldest === null ? 'nothing waits' : `oldest ${agoText(now - oldest.getTime())}`}</span>
        <span>{countText(workers, 'worker')}</span>
      </p>
      <OrderRow label={`Orders for queue ${name}`} orders={queueOrders(queue)} give={give} />
    </li>
  );
}

function rateText(perSecond: number): string {
  return `${perSecond.toLocaleString('en', { maximumFractionDigits: 1 })}/s`;
}
