import type { ResultView } from '@celeriac/client';
import { Failure } from './failure.tsx';
import { Progress } from './progress.tsx';

/** Why a task waits, in words. */
const WAITING: Readonly<Record<string, string>> = {
  due: 'waits until it is due',
  worker: 'waits for a worker that knows it',
  turn: 'waits for its turn',
  rate: 'waits because of a rate limit',
  pause: 'waits: its queue is paused',
};

/** What came of the call, or what is known until then. Task data is text. */
export function Outcome({ view }: { readonly view: ResultView }) {
  if (view.trouble !== null) return <Failure error={view.trouble} traceback={undefined} />;
  switch (view.state) {
    case 'PENDING':
      return <p className="outcome-line quiet">{waitingText(view)}</p>;
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

function waitingText({ known, waiting }: ResultView): string {
  if (!known) return 'on its way to the gateway';
  return WAITING[waiting ?? ''] ?? 'waits';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'no reason given';
}

function valueText(value: unknown): string {
  return JSON.stringify(value) ?? 'undefined';
}
