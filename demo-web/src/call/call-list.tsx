import { BurstCard } from '../burst/burst-card.tsx';
import type { ShownCall } from './call.ts';
import { CallCard } from './call-card.tsx';
import { StateMark } from './state-mark.tsx';
import './call.css';

interface CallListProps {
  readonly calls: readonly ShownCall[];
  readonly onClear: () => void;
}

/** The newest call on top. */
export function CallList({ calls, onClear }: CallListProps) {
  return (
    <section className="calls" aria-labelledby="calls-title">
      <div className="section-head">
        <h2 id="calls-title">Calls</h2>
        <button type="button" className="quiet-button" onClick={onClear} disabled={calls.length === 0}>
          Clear
        </button>
      </div>
      {calls.length === 0 ? (
        <NoCalls />
      ) : (
        <ol className="call-list">
          {calls.map((call) => (
            <li key={call.key}>{call.kind === 'one' ? <CallCard {...call} /> : <BurstCard {...call} />}</li>
          ))}
        </ol>
      )}
    </section>
  );
}

const MEANINGS = [
  ['PENDING', 'accepted, not running yet'],
  ['STARTED', 'a worker runs it'],
  ['RETRY', 'it failed and will be tried again'],
  ['SUCCESS', 'it returned a value'],
  ['FAILURE', 'it threw an error, and no try is left'],
  ['REVOKED', 'it was revoked'],
] as const;

/** Before the first call: what there will be to see. */
function NoCalls() {
  return (
    <div className="no-calls">
      <p>No calls yet. Call a task, and watch it move through these states.</p>
      <dl>
        {MEANINGS.map(([state, meaning]) => (
          <div key={state} data-state={state}>
            <dt>
              <StateMark state={state} />
              {state}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
