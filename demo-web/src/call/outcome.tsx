import type { Snapshot } from '@celeriac/client';
import { Failure } from './failure.tsx';
import { Progress } from './progress.tsx';
import type { ResultView } from './use-result.ts';

/** Why a task waits, in words. */
const WAITING: Readonly<Record<string, string>> = {
  due: 'waits until it is due',
  worker: 'waits for a worker that knows it',
  turn: 'waits for its turn',
  rate: 'waits because of a rate limit',
  pause: 'waits: its queue is paused',
};

/** What came of the call, or what is known until then. Task data is text. */
export function Outcome({ view: { snapshot, trouble } }: { readonly view: ResultView }) {
  if (trouble !== null) return <Failure error={trouble} traceback={undefined} />;
  switch (snapshot.state) {
    case 'PENDING':
      return <p className="outcome-line quiet">{waitingText(snapshot)}</p>;
    case 'STARTED':
      return <p className="outcome-line quiet">runs</p>;
    case 'RETRY':
      return <p className="outcome-line quiet">tries again: {messageOf(snapshot.result)}</p>;
    case 'SUCCESS':
      return <output className="outcome-line value">{valueText(snapshot.result)}</output>;
    case 'IGNORED':
      return <p className="outcome-line quiet">ended without a result</p>;
    case 'FAILURE':
    case 'REVOKED':
      return <Failure error={snapshot.result} traceback={snapshot.traceback} />;
    default:
      return <Progress state={snapshot.state} meta={snapshot.info} />;
  }
}

function waitingText({ known, waiting }: Snapshot): string {
  if (!known) return 'on its way to the gateway';
  return WAITING[waiting ?? 'turn'] ?? 'waits';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'no reason given';
}

function valueText(value: unknown): string {
  return JSON.stringify(value) ?? 'undefined';
}
