import { type FormEvent, type ReactNode, useId } from 'react';
import type { Piece } from './code.ts';
import { Snippet } from './snippet.tsx';

interface TaskCardProps {
  readonly name: string;
  readonly children: ReactNode;
  readonly pieces: readonly Piece[];
  readonly onCall: () => void;
}

/** One task: what it does, and the code that calls it as the form. */
export function TaskCard({ name, children, pieces, onCall }: TaskCardProps) {
  const titleId = useId();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onCall();
  };
  return (
    <form className="task" aria-labelledby={titleId} onSubmit={submit}>
      <div className="task-head">
        <h3 id={titleId}>{name}</h3>
        <p>{children}</p>
        <button type="submit" className="call-button">
          Call<span className="unseen"> {name}</span>
        </button>
      </div>
      <Snippet pieces={pieces} />
    </form>
  );
}
