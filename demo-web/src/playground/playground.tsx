import { CallList } from '../call/call-list.tsx';
import type { Calls } from '../call/use-calls.ts';
import { ComposeCard } from '../compose/compose-card.tsx';
import { PresetCard } from './preset-card.tsx';
import { PRESETS } from './presets.ts';
import './playground.css';

/** Tasks to call, and beside them what becomes of the calls. */
export function Playground({ calls, add, clear }: Calls) {
  return (
    <div className="columns">
      <section className="playground" aria-labelledby="playground-title">
        <div className="section-head">
          <h2 id="playground-title">Tasks</h2>
        </div>
        <div className="task-list">
          {PRESETS.map((preset) => (
            <PresetCard key={preset.name} preset={preset} onCall={add} />
          ))}
          <ComposeCard onCall={add} />
        </div>
      </section>
      <CallList calls={calls} onClear={clear} />
    </div>
  );
}
