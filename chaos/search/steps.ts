/** All that can happen next in a scope, one thing at a time. */
import { isHeld, lease, revoke, settle, settleLoss, start, type TaskRecord } from '@celeriac/gateway/testing';
import type { Outcome } from '@celeriac/protocol';
import {
  endOf,
  type Owed,
  type Run,
  type Scope,
  type ToGateway,
  type ToWorker,
  type Worker,
} from './scope.ts';

/** What is searched, and what is broken in it on purpose. */
export interface Rules {
  /** The task; with `acksLate: false` it may run only once. */
  readonly task: TaskRecord;
  /** How many deaths and cuts there may be. */
  readonly faults: number;
  readonly broken?: 'receipt before commit' | 'no fence' | 'entered before its start is kept';
}

export interface Step {
  readonly name: string;
  /** `progress` comes by itself; a `timeout` comes when nothing else does; the others may never come. */
  readonly kind: 'progress' | 'timeout' | 'choice' | 'fault';
  readonly scope: Scope;
}

export const NOW = 0;
const SUBMITS = 2;

export function stepsOf(scope: Scope, rules: Rules): readonly Step[] {
  return [
    ...clientSteps(scope, rules),
    ...gatewaySteps(scope, rules),
    ...[0, 1].flatMap((who) => workerSteps(scope, who, rules)),
    ...(scope.faults < rules.faults ? faultSteps(scope) : []),
  ];
}

function clientSteps(scope: Scope, rules: Rules): readonly Step[] {
  const { client, live, up } = scope;
  const steps: Step[] = [];
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
    const revoked = { ...scope, live: revoke(live, 'revoked', NOW), client: { ...client, revoked: true } };
    steps.push({ kind: 'choice', name: 'the client revokes', scope: stopRun(revoked, live) });
  }
  return steps;
}

/** One that has begun is stopped when the revocation is committed. */
function stopRun(scope: Scope, { phase, lease: given, attempt }: TaskRecord): Scope {
  if (given === null || (phase !== 'leased' && phase !== 'running')) return scope;
  const who = scope.workers.findIndex(({ session }) => session === given.session);
  if (who < 0) return scope;
  const message: ToWorker = ['abort', given.nonce, attempt];
  return phase === 'leased'
    ? tell(scope, who, message)
    : owe(scope, { to: who, session: given.session, message });
}

function gatewaySteps(scope: Scope, rules: Rules): readonly Step[] {
  const { disk, live, up, owed } = scope;
  if (!up) return [{ kind: 'progress', name: 'the gateway starts', scope: restarted(scope) }];
  const steps: Step[] = [];
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
        scope: tell(next, who, ['assign', nonce, leased.attempt]),
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

function restarted(scope: Scope): Scope {
  const { disk } = scope;
  const holder = disk !== null && isHeld(disk) ? disk.lease : null;
  // It knows the session that holds the lease, and no other.
  const workers = scope.workers.map((worker, who) => ({
    ...worker,
    session: holder?.worker === `w${who}` ? holder.session : null,
  }));
  return { ...scope, up: true, live: disk, workers: pair(workers) };
}

function committed(scope: Scope): Scope {
  const { live, client, owed } = scope;
  const accepted = client.accepted || owed.some(({ to }) => to === 'client');
  const end = live?.phase === 'ended' ? endOf(live) : null;
  const told: Scope = {
    ...scope,
    disk: live,
    owed: [],
    client: { ...client, accepted, end: client.end ?? end },
  };
  return owed.reduce((next: Scope, one) => {
    if (one.to === 'client' || next.workers[one.to]?.session !== one.session) return next;
    return tell(next, one.to, one.message);
  }, told);
}

/** Hello: with a session that the gateway still knows it goes on, else its runs are lost; what it reports it says again. */
function linked(scope: Scope, who: number): Scope {
  const worker = workerAt(scope, who);
  const resumed = worker.wants !== null && worker.wants === worker.session;
  const sessions = resumed ? worker.sessions : worker.sessions + 1;
  const session = resumed && worker.session !== null ? worker.session : `w${who}.${sessions}`;
  const held = scope.live !== null && isHeld(scope.live) ? scope.live.lease : null;
  const kept = worker.runs.flatMap((run): Run[] => {
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
    return held.worker === `w${who}` ? { ...greeted, live: settleLoss(live, NOW) } : greeted;
  if (kept.some(({ nonce }) => nonce === held.nonce)) return greeted;
  // It never arrived, or its worker knows nothing of it any more.
  if (live.phase === 'leased') return tell(greeted, who, ['assign', held.nonce, live.attempt]);
  return { ...greeted, live: settleLoss(live, NOW) };
}

/** Its grace or its lease is over, whatever it is doing. */
function givenUp(scope: Scope, who: number): Scope {
  const { live } = scope;
  if (live === null) return scope;
  const next = withWorker(scope, who, { session: null, linked: false, toWorker: [], toGateway: [] });
  return { ...next, live: settleLoss(live, NOW) };
}

function hear(scope: Scope, who: number, [what, nonce, attempt]: ToGateway, rules: Rules): Scope {
  const { live } = scope;
  const { session } = workerAt(scope, who);
  if (session === null) return scope;
  const reply = (message: ToWorker): Owed => ({ to: who, session, message });
  const believed = live !== null && isHeld(live) && rules.broken === 'no fence';
  const held = live !== null && isHeld(live) && live.lease?.nonce === nonce && live.lease.session === session;
  if (what === 'started') {
    if (!held) return rules.task.options.acksLate ? scope : tell(scope, who, ['stale', nonce, attempt]);
    const next = { ...scope, live: live.phase === 'running' ? live : start(live, NOW) };
    if (rules.task.options.acksLate) return next;
    const go: ToWorker = ['go', nonce, attempt];
    return rules.broken === 'entered before its start is kept' ? tell(next, who, go) : owe(next, reply(go));
  }
  const ack = reply(['ack', nonce, attempt]);
  const outcome: Outcome = what === 'done' ? ['success', nonce] : ['lost', 'stopped'];
  if (held || believed) return owe({ ...scope, live: settle(live, outcome, NOW, 0) }, ack);
  // Another's, or recorded before: whatever the verdict, the worker need not say it again.
  return owe(scope, ack);
}

function workerSteps(scope: Scope, who: number, rules: Rules): readonly Step[] {
  const worker = workerAt(scope, who);
  const [message, ...left] = worker.toWorker;
  const steps: Step[] = [];
  if (worker.linked && message !== undefined) {
    const read = withWorker(scope, who, { toWorker: left });
    steps.push({
      kind: 'progress',
      name: `worker ${who} hears ${message[0]}`,
      scope: obey(read, who, message, rules),
    });
  }
  for (const run of worker.runs) {
    if (run.phase === 'running')
      steps.push({
        kind: 'progress',
        name: `worker ${who} is done`,
        scope: over(scope, who, { ...run, phase: 'done' }),
      });
    // It has heard nothing for so long that it gives its lease up by itself.
    if (!isOver(run) && !worker.linked)
      steps.push({ kind: 'timeout', name: `worker ${who} stops`, scope: stopped(scope, who, run) });
  }
  return steps;
}

function obey(scope: Scope, who: number, [what, nonce, attempt]: ToWorker, rules: Rules): Scope {
  const worker = workerAt(scope, who);
  const run = worker.runs.find((one) => one.nonce === nonce);
  switch (what) {
    case 'assign': {
      if (run !== undefined) return scope;
      const phase = rules.task.options.acksLate ? 'running' : 'waiting';
      const started: ToGateway = ['started', nonce, attempt];
      const next = withWorker(scope, who, {
        runs: [...worker.runs, { nonce, attempt, phase }],
        toGateway: [...worker.toGateway, started],
      });
      return phase === 'running' ? { ...next, entered: [...next.entered, nonce] } : next;
    }
    case 'go': {
      if (run?.phase !== 'waiting') return scope;
      const runs = worker.runs.map((one): Run => (one === run ? { ...run, phase: 'running' } : one));
      return { ...withWorker(scope, who, { runs }), entered: [...scope.entered, nonce] };
    }
    case 'abort':
    case 'stale':
      return run === undefined || isOver(run) ? scope : stopped(scope, who, run);
    case 'ack':
      return without(scope, who, nonce);
    default:
      return what satisfies never;
  }
}

/** A body that is told to stop says so; what has not begun is never spoken of again. */
function stopped(scope: Scope, who: number, run: Run): Scope {
  return run.phase === 'running'
    ? over(scope, who, { ...run, phase: 'stopped' })
    : without(scope, who, run.nonce);
}

function over(scope: Scope, who: number, run: Run): Scope {
  const { runs, linked: isLinked, toGateway } = workerAt(scope, who);
  return withWorker(scope, who, {
    runs: runs.map((one) => (one.nonce === run.nonce ? run : one)),
    toGateway: isLinked ? [...toGateway, reportOf(run)] : [],
  });
}

function isOver({ phase }: Run): boolean {
  return phase === 'done' || phase === 'stopped';
}

function reportOf({ nonce, attempt, phase }: Run): ToGateway {
  return [phase === 'done' || phase === 'stopped' ? phase : 'started', nonce, attempt];
}

function faultSteps(scope: Scope): readonly Step[] {
  const faults = scope.faults + 1;
  const steps: Step[] = [];
  if (scope.up) {
    // A commit that was under way is on the disk or is not.
    for (const disk of new Set([scope.disk, scope.live])) {
      const what = disk === scope.disk ? 'before' : 'after';
      steps.push({
        kind: 'fault',
        name: `the gateway dies ${what} its commit`,
        scope: { ...died(scope), disk, faults },
      });
    }
  }
  for (const [who, { linked: isLinked, runs }] of scope.workers.entries()) {
    const off = { linked: false, toWorker: [], toGateway: [] };
    if (isLinked)
      steps.push({
        kind: 'fault',
        name: `worker ${who} is cut off`,
        scope: { ...withWorker(scope, who, off), faults },
      });
    if (runs.length > 0) {
      const dead = withWorker(scope, who, { ...off, runs: [], wants: null });
      steps.push({ kind: 'fault', name: `worker ${who} dies`, scope: { ...dead, faults } });
    }
  }
  return steps;
}

function died(scope: Scope): Scope {
  const workers = scope.workers.map((worker) => ({ ...worker, linked: false, toWorker: [], toGateway: [] }));
  return {
    ...scope,
    up: false,
    live: null,
    owed: [],
    client: { ...scope.client, coming: 0 },
    workers: pair(workers),
  };
}

function tell(scope: Scope, who: number, message: ToWorker): Scope {
  const { linked: isLinked, toWorker } = workerAt(scope, who);
  return isLinked ? withWorker(scope, who, { toWorker: [...toWorker, message] }) : scope;
}

function owe(scope: Scope, owed: Owed): Scope {
  return { ...scope, owed: [...scope.owed, owed] };
}

function without(scope: Scope, who: number, nonce: string): Scope {
  return withWorker(scope, who, { runs: workerAt(scope, who).runs.filter((run) => run.nonce !== nonce) });
}

function workerAt({ workers }: Scope, who: number): Worker {
  return who === 0 ? workers[0] : workers[1];
}

function withWorker(scope: Scope, who: number, changed: Partial<Worker>): Scope {
  return {
    ...scope,
    workers: pair(
      scope.workers.map((worker, position) => (position === who ? { ...worker, ...changed } : worker)),
    ),
  };
}

function pair(workers: readonly Worker[]): readonly [Worker, Worker] {
  const [first, second] = workers;
  if (first === undefined || second === undefined) throw new Error('expected two workers');
  return [first, second];
}
