import type { CallEntry, Entry } from '../../history/entry.ts';
import { toLine } from '../../history/lines.ts';

/** A journal as its process leaves it. */
export function appendLines(entries: readonly Entry[]): string {
  return entries.map(toLine).join('');
}

export function submitEntry(
  number: number,
  id: string,
  phase: 'invoke' | 'ok',
  given: Partial<Pick<CallEntry, 'dueAt' | 'expiresAt'>> = {},
): Entry {
  const stamp = { at: number, wall: number, by: 'client-1' };
  const common = { kind: 'operation', op: 'submit', number, id } as const;
  if (phase === 'ok') return { ...stamp, ...common, phase };
  const call: CallEntry = {
    name: 'work',
    content: `content of ${id}`,
    dueAt: null,
    expiresAt: null,
    once: false,
    maxDeliveries: 3,
    poison: false,
    links: [],
    ...given,
  };
  return { ...stamp, ...common, phase, call };
}
