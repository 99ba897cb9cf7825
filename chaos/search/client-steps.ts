import { revokeTask, type StoredTask } from '@celeriac/gateway/testing';
import { owe, tellWorker } from './moves.ts';
import type { SearchState, ToWorker } from './scope.ts';
import { type Rules, SEARCH_NOW, type SearchStep } from './step.ts';

const SUBMITS = 2;

/** It submits, perhaps twice, and may revoke; the gateway takes what it says at once. */
export function clientSteps(scope: SearchState, rules: Rules): readonly SearchStep[] {
  const { client, live, up } = scope;
  const steps: SearchStep[] = [];
  if (!up) return steps;
  if (!client.accepted && client.submits < SUBMITS) {
    const next = { ...client, submits: client.submits + 1, coming: client.coming + 1 };
    steps.push({ kind: 'progress', name: 'the client submits', scope: { ...scope, client: next } });
  }
  if (client.coming > 0) {
    const early = rules.broken === 'receipt before commit';
    const heard = { ...client, coming: client.coming - 1, accepted: client.accepted || early };
    const taken = { ...scope, client: heard, live: live ?? rules.task };
    steps.push({
      kind: 'progress',
      name: 'the gateway takes the submit',
      scope: owe(taken, { to: 'client' }),
    });
  }
  if (client.accepted && !client.revoked && live !== null && live.phase !== 'ended') {
    const revoked = {
      ...scope,
      live: revokeTask(live, 'revoked', SEARCH_NOW),
      client: { ...client, revoked: true },
    };
    steps.push({ kind: 'choice', name: 'the client revokes', scope: stopRun(revoked, live) });
  }
  return steps;
}

/** One that has begun is stopped when the revocation is committed. */
function stopRun(scope: SearchState, { phase, lease: given, attempt }: StoredTask): SearchState {
  if (given === null || (phase !== 'leased' && phase !== 'running')) return scope;
  const who = scope.workers.findIndex(({ session }) => session === given.session);
  if (who < 0) return scope;
  const message: ToWorker = ['abort', given.nonce, attempt];
  return phase === 'leased'
    ? tellWorker(scope, who, message)
    : owe(scope, { to: who, session: given.session, message });
}
