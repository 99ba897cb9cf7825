import { StateMark } from './state-mark.tsx';

const MEANINGS = [
  ['PENDING', 'accepted, not running yet'],
  ['STARTED', 'a worker runs it'],
  ['RETRY', 'it failed and will be tried again'],
  ['SUCCESS', 'it returned a value'],
  ['FAILURE', 'it threw an error, and no try is left'],
  ['REVOKED', 'it was called off'],
] as const;

/** Before the first call: what there will be to see. */
export function NoCalls() {
  return (
    <div className="no-calls">
      <p>Nothing is called yet. Call a task, and its way through these states is drawn here as it happens.</p>
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
