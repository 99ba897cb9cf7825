import { useMemo } from 'react';
import type { ShownCall } from '../call/call.ts';
import { StateMark } from '../call/state-mark.tsx';
import { durationText } from '../call/time-text.ts';
import { ProgramText } from '../code/program.tsx';
import { countStates, Dots, stateWords } from './dots.tsx';
import { useBurst } from './follow.ts';

/** Many calls made in one go: a dot for each, and how many are in which state. */
export function BurstCard({ label, results, madeAt, code }: Extract<ShownCall, { readonly kind: 'burst' }>) {
  const { states, tookMs } = useBurst(results, madeAt);
  const ids = useMemo(() => results.map(({ id }) => id), [results]);
  return (
    <article className="call" aria-label={label}>
      <header className="call-head">
        <h3>{label}</h3>
        {countStates(states).map(([state, count]) => (
          <span key={state} className="badge" data-state={state}>
            <StateMark state={state} />
            {count} {state}
          </span>
        ))}
      </header>
      <Dots states={states} ids={ids} label={stateWords(states)} />
      <div className="call-foot">
        <p className="outcome-line quiet" role="status">
          {tookMs === null ? 'on their way' : `all answered in ${durationText(tookMs)}`}
        </p>
        <ProgramText text={code} of={label} />
      </div>
    </article>
  );
}
