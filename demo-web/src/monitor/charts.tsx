import { useMemo } from 'react';
import { durationText } from '../call/time-text.ts';
import { LineChart } from '../charts/line-chart.tsx';
import type { ActivityView } from './activity.ts';

const SOLID: readonly number[] = [];
const DASHED = [5, 4];
const DOTTED = [1.5, 3];

export function Charts({ pulse }: { readonly pulse: ActivityView }) {
  const throughput = useMemo(
    () => [
      { name: 'sent', colour: '--pending', dash: DASHED, values: pulse.sent },
      { name: 'succeeded', colour: '--success', dash: SOLID, values: pulse.succeeded },
      { name: 'failed', colour: '--failure', dash: DOTTED, values: pulse.failed },
    ],
    [pulse],
  );
  const latency = useMemo(
    () => [
      { name: 'median', colour: '--started', dash: SOLID, values: pulse.median },
      { name: 'p95', colour: '--revoked', dash: DASHED, values: pulse.p95 },
    ],
    [pulse],
  );
  return (
    <>
      <section className="panel" aria-label="Throughput">
        <LineChart
          title="Tasks per second"
          seconds={pulse.seconds}
          lines={throughput}
          least={1}
          text={countText}
        />
      </section>
      <section className="panel" aria-label="Latency">
        <LineChart
          title="From submit to end"
          seconds={pulse.seconds}
          lines={latency}
          least={10}
          text={durationText}
        />
      </section>
    </>
  );
}

function countText(count: number): string {
  return count.toLocaleString('en', { maximumFractionDigits: 1 });
}
