import { BurstCard } from '../burst/burst-card.tsx';
import type { Call } from './call.ts';
import { CallCard } from './call-card.tsx';
import { NoCalls } from './no-calls.tsx';
import './call.css';

interface CallListProps {
  readonly calls: readonly Call[];
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
