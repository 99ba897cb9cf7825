import type { HistoryEntry } from '@celeriac/client';
import { StateMark } from './state-mark.tsx';
import { durationText } from './time-text.ts';

interface StateTrackProps {
  readonly history: readonly HistoryEntry[];
  /** Entries that the bound on long histories has cut out. */
  readonly omitted: number;
}

/** A task's way so far, one station per change: what, when after the submit, why. */
export function StateTrack({ history, omitted }: StateTrackProps) {
  const [submitted] = history;
  if (submitted === undefined) {
    return (
      <ol className="track" aria-label="States">
        <li className="station" data-state="NONE">
          <StateMark state="PENDING" />
          <span className="station-word">sending</span>
        </li>
      </ol>
    );
  }
  return (
    <ol className="track" aria-label="States">
      {history.map(({ state, reason, at, attempt, worker }, position) => (
        <li
          className="station"
          data-state={state}
          // biome-ignore lint/suspicious/noArrayIndexKey: a history only grows at its end
          key={position}
          title={worker === null ? at.toISOString() : `${at.toISOString()} on ${worker}, attempt ${attempt}`}
        >
          <StateMark state={state} />
          <span className="station-word">{state}</span>
          <time className="station-time" dateTime={at.toISOString()}>
            {position === 0 ? '0 ms' : `+${durationText(at.getTime() - submitted.at.getTime())}`}
          </time>
          <span className="station-reason">{reason}</span>
        </li>
      ))}
      {omitted > 0 && <li className="station-note">{omitted} more in between</li>}
    </ol>
  );
}
