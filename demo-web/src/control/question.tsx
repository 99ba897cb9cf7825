import { type KeyboardEvent, useEffect, useId, useRef } from 'react';
import type { Order } from './order.ts';

interface QuestionProps {
  readonly text: string;
  readonly order: Order;
  readonly agree: () => void;
  readonly leave: () => void;
}

/** Takes the place of the buttons until it is answered; Escape leaves things as they are. */
export function Question({ text, order, agree, leave }: QuestionProps) {
  const textId = useId();
  const way = useRef<HTMLButtonElement>(null);
  useEffect(() => way.current?.focus(), []);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') leave();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is of a form
    <div className="orders" role="group" aria-labelledby={textId} onKeyDown={onKeyDown}>
      <span className="question" id={textId}>
        {text}
      </span>
      <button type="button" className="quiet-button danger" onClick={agree}>
        {order.word}
        <span className="unseen"> {order.of}, yes</span>
      </button>
      <button ref={way} type="button" className="quiet-button" onClick={leave}>
        No
      </button>
    </div>
  );
}
