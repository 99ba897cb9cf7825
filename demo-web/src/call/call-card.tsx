import type { AnyResult } from './call.ts';
import { durationText } from './duration-text.ts';
import { Outcome } from './outcome.tsx';
import { RevokeButton } from './revoke-button.tsx';
import { StateMark } from './state-mark.tsx';
import { StateTrack } from './state-track.tsx';
import { useResult } from './use-result.ts';

interface CallCardProps {
  readonly label: string;
  readonly result: AnyResult;
}

/** One call, from its submit to its end. */
export function CallCard({ label, result }: CallCardProps) {
  const view = useResult(result);
  const { snapshot, trouble } = view;
  const { state, history, dateDone } = snapshot;
  const over = dateDone !== null || trouble !== null;
  const [submitted] = history;
  return (
    <article className="call" data-state={state} aria-label={label}>
      <header className="call-head">
        <h3>{label}</h3>
        {!over && <RevokeButton result={result} label={label} />}
        {dateDone !== null && submitted !== undefined && (
          <span className="took">{durationText(dateDone.getTime() - submitted.at.getTime())}</span>
        )}
        <span className="badge" data-state={state} role="status">
          <StateMark state={state} />
          {state}
        </span>
      </header>
      <StateTrack snapshot={snapshot} />
      <Outcome view={view} />
    </article>
  );
}
