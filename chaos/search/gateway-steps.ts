import { isHeld, lease, type RunLoss, settle, settleLoss, start } from '@celeriac/gateway/testing';
import type { Outcome } from '@celeriac/protocol/internal';
import { owe, pair, tellWorker, withWorker, workerAt } from './moves.ts';
import {
  endOf,
  isOver,
  type Owed,
  reportOf,
  type SearchedRun,
  type SearchState,
  type ToGateway,
  type ToWorker,
} from './scope.ts';
import { type Rules, SEARCH_NOW, type SearchStep } from './step.ts';

/** There is one task. */
const ALONE: RunLoss = { blame: 'own', pool: 'inline', ranMs: 0 };

/** It starts, commits, assigns, hears its workers, and gives them up. */
export function gatewaySteps(scope: SearchState, rules: Rules): readonly SearchStep[] {
  const { disk, live, up, owed } = scope;
  if (!up) return [{ kind: 'progress', name: 'the gateway starts', scope: restarted(scope) }];
  const steps: SearchStep[] = [];
  if (disk !== live || owed.length > 0)
    steps.push({ kind: 'progress', name: 'the gateway commits', scope: committed(scope) });
  for (const [who, worker] of scope.workers.entries()) {
    if (!worker.linked)
      steps.push({ kind: 'progress', name: `worker ${who} links`, scope: linked(scope, who) });
    else if (live?.phase === 'ready' && worker.session !== null && worker.runs.length === 0) {
      const nonce = `n${scope.nonces}`;
      const leased = lease(live, { session: worker.session, worker: `w${who}`, nonce });
      const next = { ...scope, live: leased, nonces: scope.nonces + 1 };
      steps.push({
        kind: 'progress',
        name: `worker ${who} is assigned`,
        scope: tellWorker(next, who, ['assign', nonce, leased.attempt]),
      });
    }
    const holds = live !== null && isHeld(live) && live.lease?.session === worker.session;
    if (holds)
      steps.push({ kind: 'timeout', name: `the gateway gives worker ${who} up`, scope: givenUp(scope, who) });
    const [heard, ...left] = worker.toGateway;
    if (worker.linked && heard !== undefined) {
      const read = withWorker(scope, who, { toGateway: left });
      steps.push({
        kind: 'progress',
        name: `the gateway hears ${heard[0]} of worker ${who}`,
        scope: hear(read, who, heard, rules),
      });
    }
  }
  return steps;
}

function restarted(scope: SearchState): SearchState {
  const { disk } = scope;
  const holder = disk !== null && isHeld(disk) ? disk.lease : null;
  // It knows the session that holds the lease, and no other.
  const workers = scope.workers.map((worker, who) => ({
    ...worker,
    session: holder?.worker === `w${who}` ? holder.session : null,
  }));
  return { ...scope, up: true, live: disk, workers: pair(workers) };
}

function committed(scope: SearchState): SearchState {
  const { live, client, owed } = scope;
  const accepted = client.accepted || owed.some(({ to }) => to === 'client');
  const end = live?.phase === 'ended' ? endOf(live) : null;
  const told: SearchState = {
    ...scope,
    disk: live,
    owed: [],
    client: { ...client, accepted, end: client.end ?? end },
  };
  return owed.reduce((next: SearchState, one) => {
    if (one.to === 'client' || next.workers[one.to]?.session !== one.session) return next;
    return tellWorker(next, one.to, one.message);
  }, told);
}

/** Hello: with a session that the gateway still knows it goes on, else its runs are lost; what it reports it says again. */
function linked(scope: SearchState, who: number): SearchState {
  const worker = workerAt(scope, who);
  const resumed = worker.wants !== null && worker.wants === worker.session;
  const sessions = resumed ? worker.sessions : worker.sessions + 1;
  const session = resumed && worker.session !== null ? worker.session : `w${who}.${sessions}`;
  const held = scope.live !== null && isHeld(scope.live) ? scope.live.lease : null;
  const kept = worker.runs.flatMap((run): SearchedRun[] => {
    if (isOver(run) || (resumed && run.nonce === held?.nonce)) return [run];
    // It is told that it has lost this one.
    return run.phase === 'running' ? [{ ...run, phase: 'stopped' }] : [];
  });
  const toGateway = kept.map(reportOf);
  const greeted = withWorker(scope, who, {
    wants: session,
    session,
    sessions,
    linked: true,
    runs: kept,
    toWorker: [],
    toGateway,
  });
  const { live } = scope;
  if (live === null || held === null) return greeted;
  // A new process under this name: the one before it is dead.
  if (held.session !== session)
    return held.worker === `w${who}` ? { ...greeted, live: settleLoss(live, ALONE, SEARCH_NOW) } : greeted;
  if (kept.some(({ nonce }) => nonce === held.nonce)) return greeted;
  // It never arrived, or its worker knows nothing of it any more.
  if (live.phase === 'leased') return tellWorker(greeted, who, ['assign', held.nonce, live.attempt]);
  return { ...greeted, live: settleLoss(live, ALONE, SEARCH_NOW) };
}

/** Its grace or its lease is over, whatever it is doing. */
function givenUp(scope: SearchState, who: number): SearchState {
  const { live } = scope;
  if (live === null) return scope;
  const next = withWorker(scope, who, { session: null, linked: false, toWorker: [], toGateway: [] });
  return { ...next, live: settleLoss(live, ALONE, SEARCH_NOW) };
}

function hear(scope: SearchState, who: number, [what, nonce, attempt]: ToGateway, rules: Rules): SearchState {
  const { live } = scope;
  const { session } = workerAt(scope, who);
  if (session === null) return scope;
  const reply = (message: ToWorker): Owed => ({ to: who, session, message });
  const believed = live !== null && isHeld(live) && rules.broken === 'no fence';
  const held = live !== null && isHeld(live) && live.lease?.nonce === nonce && live.lease.session === session;
  if (what === 'started') {
    if (!held) return rules.task.options.acksLate ? scope : tellWorker(scope, who, ['stale', nonce, attempt]);
    const next = { ...scope, live: live.phase === 'running' ? live : start(live, SEARCH_NOW) };
    if (rules.task.options.acksLate) return next;
    const go: ToWorker = ['go', nonce, attempt];
    return rules.broken === 'entered before its start is kept'
      ? tellWorker(next, who, go)
      : owe(next, reply(go));
  }
  const ack = reply(['ack', nonce, attempt]);
  const outcome: Outcome = what === 'done' ? ['success', nonce] : ['lost', 'stopped'];
  if (held || believed) return owe({ ...scope, live: settle(live, outcome, SEARCH_NOW, 0) }, ack);
  // Another's, or recorded before: whatever the verdict, the worker need not say it again.
  return owe(scope, ack);
}
