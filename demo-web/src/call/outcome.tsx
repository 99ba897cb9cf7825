import type { ResultView } from '@celeriac/client';
import { Failure } from './failure.tsx';
import { Progress } from './progress.tsx';
import { waitingText } from './waiting-text.ts';

/** What came of the call, or what is known until then. Task data is text. */
export function Outcome({ view }: { readonly view: ResultView }) {
  if (view.trouble !== null) return <Failure error={view.trouble} traceback={undefined} />;
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
      return <Failure error={view.result} traceback={view.traceback} />;
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
