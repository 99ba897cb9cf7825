import { useCallback, useState } from 'react';
import { taskAddress } from '../view/use-view.ts';
import { type Order, type OrderAnswer, refused, underWay } from './order.ts';
import './control.css';

/** Sends an order. @returns whether it was done, once that is known */
export type Give = (order: Order) => Promise<boolean>;

export interface Orders {
  /** What came of the latest order; `null` before the first. It outlives whom the order was about. */
  readonly answer: OrderAnswer | null;
  readonly give: Give;
}

export function useOrders(): Orders {
  const [answer, setAnswer] = useState<OrderAnswer | null>(null);
  const give = useCallback(async (order: Order) => {
    setAnswer(underWay(order));
    try {
      setAnswer({ kind: 'done', ...(await order.send()) });
      return true;
    } catch (error) {
      setAnswer(refused(order, error));
      return false;
    }
  }, []);
  return { answer, give };
}

/** What came of the latest order. The line is there before there is anything to say, and keeps its place. */
export function AnswerLine({ answer }: { readonly answer: OrderAnswer | null }) {
  return (
    <p className="answer" role="status" data-answer={answer?.kind}>
      {answer?.text}
      {answer?.taskId !== undefined && (
        <>
          {' '}
          <a href={taskAddress(answer.taskId)}>Show the new task</a>
        </>
      )}
    </p>
  );
}
