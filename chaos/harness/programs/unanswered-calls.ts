import type { Entry } from '../../history/entry.ts';

/**
 * Calls that a client which was killed has made and got no answer to, from its own journal: what an app that wants to
 * be sure would make again, under the same ids. Those that depend on the moment of the call are left out.
 */
export function unansweredCalls(journal: string): readonly (readonly [id: string, content: string])[] {
  const open = new Map<number, readonly [id: string, content: string]>();
  // The last line may be half.
  for (const line of journal.split('\n').slice(0, -1)) {
    const entry = JSON.parse(line) as Entry;
    if (entry.kind !== 'operation' || entry.op !== 'submit') continue;
    if (entry.phase !== 'invoke') open.delete(entry.number);
    else if (entry.call.dueAt === null && entry.call.expiresAt === null)
      open.set(entry.number, [entry.id, entry.call.content]);
  }
  return [...open.values()];
}
