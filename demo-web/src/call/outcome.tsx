import type { ResultView } from '@celeriac/client';
import { FailureText } from './failure.tsx';
import { waitingText } from './waiting.ts';

/** What came of the call, or what is known until then. Task data is text. */
export function OutcomeText({ view }: { readonly view: ResultView }) {
  if (view.trouble !== null) return <FailureText error={view.trouble} traceback={undefined} />;
  switch (view.state) {
    case 'PENDING':
      return (
        <p className="outcome-line quiet">
          {view.known ? waitingText(view.waiting, view) : 'on its way to the gateway'}
        </p>
      );
    case 'STARTED':
      return <p className="outcome-line quiet">runs</p>;
    case 'RETRY':
      return <p className="outcome-line quiet">tries again: {messageOf(view.result)}</p>;
    case 'SUCCESS':
      return <output className="outcome-line value">{valueText(view.result)}</output>;
    case 'IGNORED':
      return <p className="outcome-line quiet">ended without a result</p>;
    case 'FAILURE':
    case 'REVOKED':
      return <FailureText error={view.result} traceback={view.traceback} />;
    default:
      return <Progress state={view.state} meta={view.info} />;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'no reason given';
}

function valueText(value: unknown): string {
  return JSON.stringify(value) ?? 'undefined';
}

/** What the task says about its progress: a bar where it counts, else the text itself. */
function Progress({ state, meta }: { readonly state: string; readonly meta: unknown }) {
  const share = readShare(meta);
  if (share === undefined) return <p className="outcome-line">{JSON.stringify(meta) ?? state}</p>;
  const { done, of } = share;
  return (
    <div className="progress">
      <progress value={done} max={of} aria-label="Progress" />
      <span className="progress-words">
        {done} of {of}
      </span>
    </div>
  );
}

function readShare(meta: unknown): { readonly done: number; readonly of: number } | undefined {
  if (typeof meta !== 'object' || meta === null || !('done' in meta) || !('of' in meta)) return undefined;
  const { done, of } = meta;
  return typeof done === 'number' && typeof of === 'number' && of > 0 ? { done, of } : undefined;
}
