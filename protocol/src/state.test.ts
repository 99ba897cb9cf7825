import { describe, expect, test } from 'vitest';
import {
  firstIllegalStep,
  isLegal,
  isReservedState,
  isTerminal,
  TASK_STATES,
  type TaskState,
  TERMINAL_STATES,
  TRANSITIONS,
} from './state.ts';

describe('the table of transitions', () => {
  test('lets nothing leave a terminal state', () => {
    const sources = new Set(TRANSITIONS.flatMap(({ from }) => from as readonly (TaskState | null)[]));
    expect(TERMINAL_STATES.filter((state) => sources.has(state))).toEqual([]);
  });

  test('reaches every state', () => {
    const targets = new Set(TRANSITIONS.map(({ to }) => to));
    expect(TASK_STATES.filter((state) => !targets.has(state))).toEqual([]);
  });

  test('has one way in', () => {
    expect(TRANSITIONS.filter(({ from }) => from.includes(null)).map(({ to }) => to)).toEqual(['PENDING']);
  });

  test.each([
    [null, 'submitted', 'PENDING', true],
    ['PENDING', 'started', 'STARTED', true],
    ['STARTED', 'retry', 'RETRY', true],
    ['RETRY', 'started', 'STARTED', true],
    ['STARTED', 'revoked', 'REVOKED', true],
    ['REVOKED', 'completed', 'SUCCESS', false],
    ['SUCCESS', 'error', 'FAILURE', false],
    ['STARTED', 'started', 'STARTED', false],
    ['STARTED', 'expired', 'REVOKED', false],
    ['PENDING', 'completed', 'FAILURE', false],
  ] as const)('%s, %s → %s: %s', (from, reason, to, legal) => {
    expect(isLegal(from, reason, to)).toBe(legal);
  });
});

describe('a history', () => {
  const entry = (state: TaskState, reason: (typeof TRANSITIONS)[number]['reason']) => ({ state, reason });

  test('of a task retried twice is legal', () => {
    const history = [
      entry('PENDING', 'submitted'),
      entry('STARTED', 'started'),
      entry('RETRY', 'retry'),
      entry('STARTED', 'started'),
      entry('RETRY', 'retry'),
      entry('STARTED', 'started'),
      entry('SUCCESS', 'completed'),
    ];
    expect(firstIllegalStep(history)).toBe(-1);
  });

  test('that runs after its end is illegal where it does', () => {
    const history = [entry('PENDING', 'submitted'), entry('REVOKED', 'revoked'), entry('STARTED', 'started')];
    expect(firstIllegalStep(history)).toBe(2);
  });

  test('must begin with the submit', () => {
    expect(firstIllegalStep([entry('STARTED', 'started')])).toBe(0);
  });
});

test('terminal and reserved names', () => {
  expect(TASK_STATES.filter(isTerminal)).toEqual([...TERMINAL_STATES]);
  expect(isReservedState('SUCCESS')).toBe(true);
  expect(isReservedState('RECEIVED')).toBe(true);
  expect(isReservedState('PROGRESS')).toBe(false);
});
