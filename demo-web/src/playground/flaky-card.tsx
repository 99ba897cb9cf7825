import { useState } from 'react';
import { app } from '../app.ts';
import { type OnCall, oneCall } from '../call/call.ts';
import { TaskCard } from './task-card.tsx';

export function FlakyCard({ onCall }: { readonly onCall: OnCall }) {
  const [failures, setFailures] = useState('2');
  const call = (): void => onCall(oneCall(`flaky(${failures})`, app.tasks.flaky.delay(Number(failures))));
  return (
    <TaskCard
      name="flaky"
      onCall={call}
      pieces={[
        'const res = app.tasks.flaky.delay(',
        { label: 'how often it fails', value: failures, min: 0, max: 5, change: setFailures },
        ");\nres.on('retry', ({ result }) => warn(result));",
      ]}
    >
      Fails that often, then works.
    </TaskCard>
  );
}
