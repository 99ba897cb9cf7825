import { useState } from 'react';
import { app } from '../app.ts';
import type { OnCall } from '../call/call.ts';
import { TaskCard } from './task-card.tsx';

export function BurstTaskCard({ onCall }: { readonly onCall: OnCall }) {
  const [count, setCount] = useState('100');
  const call = (): void => {
    const madeAt = performance.now();
    const results = Array.from({ length: Number(count) }, (_, n) => app.tasks.add.delay(n, n));
    const key = results[0]?.id ?? '';
    onCall({ kind: 'burst', key, label: `${count} × add(n, n)`, results, madeAt });
  };
  return (
    <TaskCard
      name="burst"
      onCall={call}
      pieces={[
        'for (let n = 0; n < ',
        { label: 'how many calls', value: count, min: 1, max: 1_000, change: setCount },
        '; n++)\n  results.push(app.tasks.add.delay(n, n));',
      ]}
    >
      Many calls in one go.
    </TaskCard>
  );
}
