import { type ReactNode, useState } from 'react';
import type { Order } from './order.ts';
import type { Give } from './orders.tsx';
import { Question } from './question.tsx';
import './control.css';

interface OrderRowProps {
  /** What is controlled here, for those who only hear it. */
  readonly label: string;
  readonly orders: readonly Order[];
  readonly give: Give;
  /** Further controls beside the buttons. */
  readonly children?: ReactNode;
}

/** Buttons for orders; one that cannot be taken back has its question asked in the same place, in the same height. */
export function OrderRow({ label, orders, give, children }: OrderRowProps) {
  const [asked, setAsked] = useState<string | null>(null);
  const [underWay, setUnderWay] = useState<readonly string[]>([]);
  /** The button that the question was asked for takes the focus back. */
  const [answered, setAnswered] = useState<string | null>(null);

  const send = async (order: Order): Promise<void> => {
    setUnderWay((words) => [...words, order.word]);
    await give(order);
    setUnderWay((words) => words.filter((word) => word !== order.word));
  };
  const canPress = ({ word, possible = true }: Order): boolean => possible && !underWay.includes(word);
  const press = (order: Order): void => {
    if (!canPress(order)) return;
    if (order.question === undefined) void send(order);
    else setAsked(order.word);
  };

  const order = orders.find(({ word }) => word === asked);
  if (order?.question !== undefined) {
    const leave = (): void => {
      setAnswered(order.word);
      setAsked(null);
    };
    const agree = (): void => {
      leave();
      void send(order);
    };
    return <Question text={order.question} order={order} agree={agree} leave={leave} />;
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is of a form
    <div className="orders" role="group" aria-label={label}>
      {orders.map((one, place) => (
        <button
          // biome-ignore lint/suspicious/noArrayIndexKey: what takes an order back stands in its place, and keeps the focus
          key={place}
          ref={one.word === answered ? takeFocus : undefined}
          type="button"
          className="quiet-button"
          aria-disabled={!canPress(one)}
          onClick={() => press(one)}
        >
          {one.word}
          <span className="unseen"> {one.of}</span>
        </button>
      ))}
      {children}
    </div>
  );
}

function takeFocus(button: HTMLButtonElement | null): void {
  button?.focus();
}
