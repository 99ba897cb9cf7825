import type { QueueRow, RowsView } from '@celeriac/client';
import { agoText } from './ago-text.ts';
import { useNow } from './use-now.ts';

/** What waits where, since when, and how fast it moves. */
export function QueueTable({ view: { rows, live } }: { readonly view: RowsView<QueueRow> }) {
  const now = useNow();
  const deepest = Math.max(1, ...rows.map(({ depth }) => depth));
  return (
    <section className="panel queues" aria-labelledby="queues-title">
      <h2 id="queues-title">Queues</h2>
      {rows.length === 0 ? (
        <p className="quiet">{live ? 'No queue yet.' : 'Asking the gateway.'}</p>
      ) : (
        <ul className="lines">
          {rows.map(({ name, depth, running, oldest, inPerSecond, outPerSecond, paused, workers }) => (
            <li key={name}>
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
                <span>{workers === 1 ? '1 worker' : `${workers} workers`}</span>
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function rateText(perSecond: number): string {
  return `${perSecond.toLocaleString('en', { maximumFractionDigits: 1 })}/s`;
}
