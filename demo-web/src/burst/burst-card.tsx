import type { AnyResult } from '../call/call.ts';
import { durationText } from '../call/duration-text.ts';
import { StateMark } from '../call/state-mark.tsx';
import { useBurst } from './use-burst.ts';
import './burst.css';

interface BurstCardProps {
  readonly label: string;
  readonly results: readonly AnyResult[];
  readonly madeAt: number;
}

/** Many calls made in one go: a cell for each, and how many are in which state. */
export function BurstCard({ label, results, madeAt }: BurstCardProps) {
  const { states, tookMs } = useBurst(results, madeAt);
  const counts = countStates(states);
  const words = counts.map(([state, count]) => `${count} ${state}`).join(', ');
  return (
    <article className="call" aria-label={label}>
      <header className="call-head">
        <h3>{label}</h3>
        {counts.map(([state, count]) => (
          <span key={state} className="badge" data-state={state}>
            <StateMark state={state} />
            {count} {state}
          </span>
        ))}
      </header>
      <div className="cells" role="img" aria-label={words}>
        {results.map(({ id }, position) => (
          <span key={id} className="cell" data-state={states[position]} />
        ))}
      </div>
      <p className="outcome-line quiet" role="status">
        {tookMs === null ? 'on their way' : `there and back, all of them, in ${durationText(tookMs)}`}
      </p>
    </article>
  );
}

function countStates(states: readonly string[]): readonly (readonly [state: string, count: number])[] {
  const counts = new Map<string, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts];
}
