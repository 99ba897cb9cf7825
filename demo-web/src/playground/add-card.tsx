import { useState } from 'react';
import { app } from '../app.ts';
import { type OnCall, oneCall } from '../call/call.ts';
import { TaskCard } from './task-card.tsx';

const LIMIT = 1_000_000;

export function AddCard({ onCall }: { readonly onCall: OnCall }) {
  const [x, setX] = useState('2');
  const [y, setY] = useState('3');
  const call = (): void => onCall(oneCall(`add(${x}, ${y})`, app.tasks.add.delay(Number(x), Number(y))));
  return (
    <TaskCard
      name="add"
      onCall={call}
      pieces={[
        'const res = app.tasks.add.delay(',
        { label: 'x, the first number', value: x, min: -LIMIT, max: LIMIT, change: setX },
        ', ',
        { label: 'y, the second number', value: y, min: -LIMIT, max: LIMIT, change: setY },
        ');\nawait res.get();',
      ]}
    >
      Adds two numbers.
    </TaskCard>
  );
}
