import { useSyncExternalStore } from 'react';
import { BreakButtons } from './break-buttons.tsx';
import { HappeningList } from './happening-list.tsx';
import { Proof } from './proof.tsx';
import { ROUND, startWorkload, stopWorkload, workload } from './workload.ts';
import './break.css';

/** Work that goes on, three ways to disturb it, and the count at the end. */
export function BreakIt() {
  const { results, sending } = useSyncExternalStore(workload.subscribe, workload.get);
  return (
    <div className="break-view">
      <section className="panel proof" aria-labelledby="proof-title">
        <div className="proof-head">
          <h2 id="proof-title">{ROUND} tasks, twenty a second</h2>
          <button type="button" className="call-button" onClick={sending ? stopWorkload : startWorkload}>
            {sending ? 'Stop sending' : results.length === 0 ? 'Start' : 'Start again'}
          </button>
        </div>
        <Proof results={results} />
      </section>
      <section className="panel" aria-labelledby="break-title">
        <h2 id="break-title">Meanwhile, break it</h2>
        <BreakButtons />
      </section>
      <HappeningList />
    </div>
  );
}
