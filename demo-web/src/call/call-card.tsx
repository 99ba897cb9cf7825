import { useAsyncResult } from '@celeriac/client/react';
import { ProgramText } from '../code/program.tsx';
import { taskAddress } from '../view/use-view.ts';
import type { ShownCall } from './call.ts';
import { OutcomeText } from './outcome.tsx';
import { RevokeButton } from './revoke-button.tsx';
import { StateBadge } from './state-mark.tsx';
import { StateTrack } from './state-track.tsx';
import { StreamText } from './stream-text.tsx';
import { durationText } from './time-text.ts';
import { useWaitingReason } from './waiting.ts';

/** One call, from its submit to its end. */
export function CallCard({ label, result, code, streams }: Extract<ShownCall, { readonly kind: 'one' }>) {
  const view = useAsyncResult(result);
  useWaitingReason(result, view);
  const { state, history, dateDone, trouble } = view;
  const over = dateDone !== null || trouble !== null;
  const [submitted] = history;
  return (
    <article className="call" data-state={state} aria-label={label}>
      <header className="call-head">
        <h3>
          <a href={taskAddress(result.id)}>{label}</a>
        </h3>
        {!over && <RevokeButton result={result} label={label} />}
        {dateDone !== null && submitted !== undefined && (
          <span className="took">{durationText(dateDone.getTime() - submitted.at.getTime())}</span>
        )}
        <StateBadge state={state} />
      </header>
      <StateTrack history={history} omitted={view.omitted} />
      {streams !== 'no' && <StreamText result={result} hideEmpty={streams === 'maybe'} />}
      <div className="call-foot">
        <OutcomeText view={view} />
        <ProgramText text={code} of={label} />
      </div>
    </article>
  );
}
