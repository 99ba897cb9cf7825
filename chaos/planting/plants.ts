import type { SCENES } from '../simulation/scenes.ts';

/** Bugs to be planted in the gateway's own source: each is a line that is there for a reason, taken out or turned round. */
export interface Plant {
  /** From the root of the workspace. */
  readonly file: string;
  /** Must be there exactly once. */
  readonly line: string;
  readonly instead: string;
  /** The invariant that it breaks. */
  readonly trips: string;
  /** What brings it out; left out, work and faults at random. */
  readonly scene?: keyof typeof SCENES;
}

export const PLANTS: Readonly<Record<string, Plant>> = {
  'a single loss makes a suspect': {
    file: 'gateway/src/core/suspicion.ts',
    line: "deliveries >= (pool === 'inline' ? Math.min(2, maxDeliveries - 1) : maxDeliveries)",
    instead: 'deliveries >= 1',
    trips: 'I9',
    scene: 'a full worker is killed',
  },
  'all suspects have their trial at once': {
    file: 'gateway/src/broker/planner.ts',
    line: 'if (!session.tries || session.trial !== null) continue;',
    instead: 'if (!session.tries) continue;',
    trips: 'I8',
    scene: 'poison among neighbours',
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
