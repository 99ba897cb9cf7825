import type { OnCall } from '../call/call.ts';
import { AddCard } from './add-card.tsx';
import { BrokenCard } from './broken-card.tsx';
import { BurstTaskCard } from './burst-task-card.tsx';
import { FlakyCard } from './flaky-card.tsx';
import { SlowCard } from './slow-card.tsx';
import './playground.css';

export function Playground({ onCall }: { readonly onCall: OnCall }) {
  return (
    <section className="playground" aria-labelledby="playground-title">
      <div className="section-head">
        <h2 id="playground-title">Tasks</h2>
      </div>
      <div className="task-list">
        <AddCard onCall={onCall} />
        <SlowCard onCall={onCall} />
        <FlakyCard onCall={onCall} />
        <BrokenCard onCall={onCall} />
        <BurstTaskCard onCall={onCall} />
      </div>
    </section>
  );
}
