import { useState } from 'react';
import { app } from '../app.ts';
import { type OnCall, oneCall } from '../call/call.ts';
import { TaskCard } from './task-card.tsx';

export function BrokenCard({ onCall }: { readonly onCall: OnCall }) {
  const [order, setOrder] = useState('17');
  const call = (): void => onCall(oneCall(`broken(${order})`, app.tasks.broken.delay(Number(order))));
  return (
    <TaskCard
      name="broken"
      onCall={call}
      pieces={[
        'const res = app.tasks.broken.delay(',
        { label: 'order number', value: order, min: 1, max: 9_999, change: setOrder },
        ');\nawait res.get(); ',
        { remark: 'throws its TypeError' },
      ]}
    >
      Throws an error with a cause.
    </TaskCard>
  );
}
