import { taskAddress } from '../view/use-view.ts';
import type { Answer } from './order.ts';
import './control.css';

/** What came of the latest order. The line is there before there is anything to say, and keeps its place. */
export function AnswerLine({ answer }: { readonly answer: Answer | null }) {
  return (
    <p className="answer" role="status" data-answer={answer?.kind}>
      {answer?.text}
      {answer?.taskId !== undefined && (
        <>
          {' '}
          <a href={taskAddress(answer.taskId)}>To the new task</a>
        </>
      )}
    </p>
  );
}
