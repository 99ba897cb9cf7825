import type { HistoryEntry } from '@celeriac/client';
import { StateWord } from '../call/state-mark.tsx';
import { durationText } from '../call/time-text.ts';

interface TimelineProps {
  readonly history: readonly HistoryEntry[];
  readonly omitted: number;
}

/** The history in full: what, why, when, where, and how long until the next change. */
export function TaskTimeline({ history, omitted }: TimelineProps) {
  return (
    <section className="panel" aria-labelledby="timeline-title">
      <h3 id="timeline-title">Timeline</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has to without a mouse */}
      <section className="table-frame" tabIndex={0} aria-label="States, one by one">
        <table>
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col">Reason</th>
              <th scope="col">At</th>
              <th scope="col">Lasted</th>
              <th scope="col">Attempt</th>
              <th scope="col">Worker</th>
            </tr>
          </thead>
          <tbody>
            {history.map(({ state, reason, at, attempt, worker }, place) => {
              const next = history[place + 1];
              return (
                // biome-ignore lint/suspicious/noArrayIndexKey: a history only grows at its end
                <tr key={place} data-state={state}>
                  <td>
                    <StateWord state={state} />
                  </td>
                  <td>{reason}</td>
                  <td>
                    <time dateTime={at.toISOString()}>{clockText(at)}</time>
                  </td>
                  <td>{next === undefined ? '' : durationText(next.at.getTime() - at.getTime())}</td>
                  <td>{attempt === 0 ? '' : attempt}</td>
                  <td>{worker}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
      {omitted > 0 && <p className="quiet">{omitted} entries after the tenth are not kept.</p>}
    </section>
  );
}

/** `14:03:07.250`, in the reader's own time. */
function clockText(at: Date): string {
  return `${at.toTimeString().slice(0, 8)}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}
