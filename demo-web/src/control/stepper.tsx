import { useEffect, useState } from 'react';
import type { Order } from './order.ts';
import type { Give } from './orders.tsx';

interface StepperProps {
  /** What is counted: `slots`. */
  readonly word: string;
  /** Whose: `worker w1`. */
  readonly of: string;
  readonly value: number;
  readonly most: number;
  readonly orderFor: (value: number) => Order;
  readonly give: Give;
}

/** So long what was asked for is shown, then again what its owner says, with each heartbeat. */
const PATIENCE_MS = 7_000;

/** One less, one more. Quick presses add up: each asks for what the one before it asked for, and one. */
export function Stepper({ word, of, value, most, orderFor, give }: StepperProps) {
  const [wanted, setWanted] = useState<number | null>(null);
  useEffect(() => {
    if (wanted === null) return;
    const timer = setTimeout(() => setWanted(null), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  const present = wanted ?? value;
  const ask = async (next: number): Promise<void> => {
    if (next < 1 || next > most) return;
    setWanted(next);
    if (!(await give(orderFor(next)))) setWanted(null);
  };
  return (
    <span className="stepper">
      <button
        type="button"
        className="quiet-button"
        aria-label={`Fewer ${word}, ${of}`}
        aria-disabled={present <= 1}
        onClick={() => void ask(present - 1)}
      >
        −
      </button>
      <span className="stepper-value">
        {present} <span className="stepper-word">{word}</span>
      </span>
      <button
        type="button"
        className="quiet-button"
        aria-label={`More ${word}, ${of}`}
        aria-disabled={present >= most}
        onClick={() => void ask(present + 1)}
      >
        +
      </button>
    </span>
  );
}
