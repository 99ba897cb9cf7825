import type { AsyncResult } from '@celeriac/client';
import { useState } from 'react';

/** Asks for the task's end; the state says what became of it, the button only what went wrong. */
export function RevokeButton({ result, label }: { readonly result: AsyncResult; readonly label: string }) {
  const [problem, setProblem] = useState<string | null>(null);
  const [asked, setAsked] = useState(false);
  const revoke = async (): Promise<void> => {
    setAsked(true);
    try {
      await result.revoke();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setAsked(false);
    }
  };
  return (
    <button
      type="button"
      className="quiet-button"
      disabled={asked}
      title={problem ?? undefined}
      onClick={() => void revoke()}
    >
      {problem === null ? 'Revoke' : 'Revoke again'}
      <span className="unseen"> {label}</span>
    </button>
  );
}
