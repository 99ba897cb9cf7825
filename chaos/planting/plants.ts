/** Bugs to be planted in the gateway's own source: each is a line that is there for a reason, taken out or turned round. */
export interface Plant {
  /** From the root of the workspace. */
  readonly file: string;
  /** Must be there exactly once. */
  readonly line: string;
  readonly instead: string;
  /** The invariant that it breaks. */
  readonly trips: string;
}

export const PLANTS: Readonly<Record<string, Plant>> = {
  'a suspect has company after a restart': {
    file: 'gateway/src/broker/sessions.ts',
    line: "if (record.solo) session.exclusive = 'busy';",
    instead: '',
    trips: 'I8',
  },
  'an assignment that was on its way is not sent again': {
    file: 'gateway/src/broker/sessions.ts',
    line: "else if (held.record.phase === 'leased') missed.push(assignmentOf(held.record, nonce));",
    instead: '',
    trips: 'I1',
  },
  'a task that had not begun is blamed': {
    file: 'gateway/src/core/outcome.ts',
    line: "if (record.phase !== 'running') return release(record, now);",
    instead: '',
    trips: 'I8',
  },
  'a gateway does not forgive its own lag': {
    file: 'gateway/src/broker/rescuer.ts',
    line: 'if (session.leftAt !== null) session.leftAt += lagMs;',
    instead: '',
    trips: 'I5',
  },
};
