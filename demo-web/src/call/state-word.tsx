import { StateMark } from './state-mark.tsx';

/** A state in a table: its shape and its word. */
export function StateWord({ state }: { readonly state: string }) {
  return (
    <span className="state-word">
      <StateMark state={state} />
      {state}
    </span>
  );
}

/** The state that a task is in, read aloud when it changes. */
export function StateBadge({ state }: { readonly state: string }) {
  return (
    <span className="badge" data-state={state} role="status">
      <StateMark state={state} />
      {state}
    </span>
  );
}
