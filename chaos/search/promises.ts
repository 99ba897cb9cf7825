/** P1 to P4, of one scope. */
import type { StoredTask } from '@celeriac/gateway/testing';
import { firstIllegalStep } from '@celeriac/protocol/internal';
import { endOf, type SearchState } from './scope.ts';
import type { Rules } from './step.ts';

/** @returns what is broken, by its promise; `undefined` where all hold */
export function brokenPromise(scope: SearchState, { task }: Rules): string | undefined {
  const { client, disk, live, entered } = scope;
  if (client.accepted && disk === null) return 'P1: it was accepted, and is not on the disk';
  if (new Set(entered).size < entered.length)
    return `P3: one attempt was entered twice: ${entered.join(', ')}`;
  if (!task.options.acksLate && entered.length > 1)
    return `P3: it may run once, and was entered ${entered.length} times`;
  const end = disk?.phase === 'ended' ? endOf(disk) : undefined;
  if (client.end !== null && client.end !== end)
    return `P4: the client was told ${client.end}, and the disk has ${end ?? 'no end'}`;
  return brokenRecord(disk) ?? brokenRecord(live);
}

function brokenRecord(record: StoredTask | null): string | undefined {
  if (record === null) return undefined;
  const steps = record.history.entries.map(([state, reason, , attempt]) => ({ state, reason, attempt }));
  if (steps.filter(({ reason }) => reason === 'submitted').length !== 1) return 'P2: it was made twice';
  if (record.state === 'SUCCESS' && record.body !== record.lease?.nonce)
    return `P3: ${String(record.body)} was recorded while ${record.lease?.nonce} held the lease`;
  if (firstIllegalStep(steps) >= 0)
    return `P4: no legal history: ${steps.map(({ state }) => state).join(' ')}`;
  const back = steps.some(({ attempt }, position) => attempt < (steps[position - 1]?.attempt ?? 0));
  return back ? 'P4: its attempts were counted back' : undefined;
}
