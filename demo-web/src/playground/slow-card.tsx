import { useState } from 'react';
import { app } from '../app.ts';
import { type OnCall, oneCall } from '../call/call.ts';
import { TaskCard } from './task-card.tsx';

export function SlowCard({ onCall }: { readonly onCall: OnCall }) {
  const [seconds, setSeconds] = useState('4');
  const call = (): void => onCall(oneCall(`slow(${seconds})`, app.tasks.slow.delay(Number(seconds))));
  return (
    <TaskCard
      name="slow"
      onCall={call}
      pieces={[
        'const res = app.tasks.slow.delay(',
        { label: 'how many seconds it takes', value: seconds, min: 1, max: 60, change: setSeconds },
        ");\nres.on('progress', ({ info }) => draw(info));",
      ]}
    >
      Tells how far it is.
    </TaskCard>
  );
}
