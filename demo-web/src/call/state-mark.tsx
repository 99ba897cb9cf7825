import type { ReactNode } from 'react';
import './state.css';

/** One shape per state, so that nobody needs the colours to tell them apart. */
const SHAPES: Readonly<Record<string, ReactNode>> = {
  PENDING: <circle cx="10" cy="10" r="6.5" strokeDasharray="2.6 2.5" />,
  STARTED: <path className="solid" d="M6.5 4.2 16 10l-9.5 5.8Z" />,
  RETRY: <path d="M15.6 8.2A6 6 0 1 0 16 11M16 4v4.4h-4.4" />,
  SUCCESS: (
    <>
      <circle className="solid" cx="10" cy="10" r="8" />
      <path className="cut" d="m6.2 10.3 2.6 2.6 5-5.4" />
    </>
  ),
  FAILURE: (
    <>
      <path className="solid" d="M6.5 1.8h7l4.7 4.7v7l-4.7 4.7h-7l-4.7-4.7v-7Z" />
      <path className="cut" d="m7 7 6 6m0-6-6 6" />
    </>
  ),
  REVOKED: (
    <>
      <rect x="3" y="3" width="14" height="14" rx="3" />
      <path d="m5 15 10-10" />
    </>
  ),
  IGNORED: <path d="M4 10h12" />,
};

/** Any other name is a custom state, which a task shows while it runs. */
const CUSTOM = <path className="solid" d="m10 2.5 7.5 7.5-7.5 7.5L2.5 10Z" />;

export function StateMark({ state }: { readonly state: string }) {
  return (
    <svg className="mark" viewBox="0 0 20 20" aria-hidden="true">
      {SHAPES[state] ?? CUSTOM}
    </svg>
  );
}

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
