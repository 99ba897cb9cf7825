/**
 * The system, broken on purpose in one thing each. A harness that does not notice proves nothing: each sabotage must trip
 * the invariant that is there for it.
 */
import { type Broker, type Engine, eventsBetween, type StoredTask } from '@celeriac/gateway/testing';
import type { SettledItem, WorkerFrame } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import type { FaultSettings } from './fault-plan.ts';
import { SIMULATED_RULES } from './gateway-process.ts';
import { overridden, type Sabotage, type Saboteur } from './sabotage.ts';

export interface NamedSabotage {
  readonly sabotage: Saboteur;
  /** What brings it out. */
  readonly trouble: FaultSettings;
  /** The invariant that it breaks. */
  readonly trips: string;
}

/** The receipt does not wait for the commit. */
function ackBeforeCommit(engine: Engine): Sabotage {
  const insert: Engine['insert'] = (records) => {
    const { applied } = engine.insert(records);
    return { applied, committed: applied };
  };
  return { engine: overridden(engine, { insert }) };
}

/** Watchers hear of a change when it is made, not when it is on the disk. */
function eventBeforeCommit(engine: Engine): Sabotage {
  let broker: Broker | undefined;
  const advance: Engine['advance'] = (changes) => {
    const write = engine.advance(changes);
    void write.applied.then((verdicts) => {
      for (const [position, { from, to }] of changes.entries())
        if (verdicts[position] === 'applied') broker?.bus.publish(to.id, () => eventsBetween(from, to));
    });
    return write;
  };
  return {
    engine: overridden(engine, { advance }),
    started: (started) => {
      broker = started;
    },
  };
}

/** A report is believed whoever sends it, as by a queue that knows reservations by their task alone. */
function noFence(engine: Engine): Sabotage {
  let broker: Broker | undefined;
  const current = new Map<string, StoredTask>();
  const note = (records: readonly StoredTask[]): void => {
    for (const record of records) current.set(record.id, record);
  };
  const believe = ([nonce, id, , ...said]: SettledItem): void => {
    const record = current.get(id);
    const lease = record?.phase === 'running' || record?.phase === 'leased' ? record.lease : null;
    const owner = lease === null ? undefined : broker?.roster.find(lease.session);
    if (record === undefined || lease === null || owner === undefined || lease.nonce === nonce) return;
    void broker?.completer.settled(owner, [[lease.nonce, id, record.attempt, ...said]]);
  };
  return {
    engine: overridden(engine, {
      insert: (records) => {
        note(records);
        return engine.insert(records);
      },
      claim: async (asks, now) => {
        const claimed = await engine.claim(asks, now);
        for (const records of claimed) note(records);
        return claimed;
      },
      advance: (changes) => {
        note(changes.map(({ to }) => to));
        return engine.advance(changes);
      },
    }),
    hear: (frame) => {
      if (frame[0] === 'settled') for (const item of frame[1]) believe(item);
      return frame;
    },
    started: (started) => {
      broker = started;
    },
  };
}

/** A report that comes again, on a connection that resumes, is not heard. */
function droppedResend(): Sabotage {
  const resumed = new WeakSet<object>();
  const hear = (frame: WorkerFrame, connection: object): WorkerFrame | null => {
    if (frame[0] === 'hello' && frame[1].session !== null) resumed.add(connection);
    return frame[0] === 'settled' && resumed.delete(connection) ? null : frame;
  };
  return { hear };
}

const ALWAYS = Number.MAX_SAFE_INTEGER;
const EVERYTHING = { bodiesBefore: ALWAYS, tombstonesBefore: ALWAYS, surplusBefore: 0, tombstones: 0 };

/** An ended task is forgotten altogether, its tombstone with it. */
function forgottenTombstones(engine: Engine): Sabotage {
  const ended = new Set<string>();
  return {
    engine: overridden(engine, {
      insert: (records) => {
        // Those beside it go as well; that is no better.
        if (records.some(({ id }) => ended.has(id))) void engine.prune(EVERYTHING, 1_000);
        return engine.insert(records);
      },
      advance: (changes) => {
        for (const { to } of changes) if (to.phase === 'ended') ended.add(to.id);
        return engine.advance(changes);
      },
    }),
  };
}

/** A gateway that stood still blames its workers for what it did not read meanwhile. */
function reapInStall(_engine: Engine, clock: Clock): Sabotage {
  const everyMs = 20;
  const reap = (broker: Broker): void => {
    const now = clock.monotonic();
    for (const session of [...broker.roster.all()]) {
      const gone = session.leftAt !== null && now - session.leftAt >= SIMULATED_RULES.graceMs;
      const silent = now - session.heardAt >= SIMULATED_RULES.leaseMs;
      if (gone || silent) void broker.sessions.lose(session, 'it was not heard of');
    }
    clock.after(everyMs, () => reap(broker));
  };
  return { started: (broker) => void clock.after(everyMs, () => reap(broker)) };
}

/** Attempts that a restarted gateway finds are counted from the beginning. */
function attemptReset(engine: Engine): Sabotage {
  const open: Engine['open'] = async () => {
    const opened = await engine.open();
    return { ...opened, held: opened.held.map((record) => ({ ...record, attempt: 0 })) };
  };
  return { engine: overridden(engine, { open }) };
}

/** The dispatcher is told that there is something to do, and forgets it: not always. */
function lostWakeUp(): Sabotage {
  let calls = 0;
  return {
    started: ({ dispatcher }) => {
      const wake = dispatcher.wake.bind(dispatcher);
      dispatcher.wake = () => {
        calls += 1;
        if (calls % 3 !== 0) wake();
      };
    },
  };
}

/** A worker whose connection closed has lost its tasks at once. */
function noGrace(): Sabotage {
  let broker: Broker | undefined;
  return {
    started: (started) => {
      broker = started;
    },
    workerGone: () => {
      for (const session of [...(broker?.roster.all() ?? [])])
        if (session.leftAt !== null) void broker?.sessions.lose(session, 'its connection closed');
    },
  };
}

export const SABOTAGES: Readonly<Record<string, NamedSabotage>> = {
  'ack before commit': {
    sabotage: ackBeforeCommit,
    trouble: { kinds: ['gateway-kill', 'slow-disk'] },
    trips: 'I1',
  },
  'event before commit': {
    sabotage: eventBeforeCommit,
    trouble: { kinds: ['gateway-kill', 'slow-disk'] },
    trips: 'I6',
  },
  'no fence': {
    sabotage: noFence,
    trouble: { kinds: ['worker-stall', 'partition'], ms: 40_000 },
    trips: 'I4',
  },
  'dropped resend': { sabotage: droppedResend, trouble: { kinds: ['cut', 'gateway-kill'] }, trips: 'I1' },
  'forgotten tombstones': { sabotage: forgottenTombstones, trouble: { kinds: [] }, trips: 'I5' },
  'reaping in a stall': {
    sabotage: reapInStall,
    trouble: { kinds: ['gateway-stall', 'cut'], ms: 7_000 },
    trips: 'I5',
  },
  'attempt reset on restart': { sabotage: attemptReset, trouble: { kinds: ['gateway-kill'] }, trips: 'I6' },
  'lost wake-up': { sabotage: lostWakeUp, trouble: { kinds: [] }, trips: 'I9' },
  'release without grace': { sabotage: noGrace, trouble: { kinds: ['cut'] }, trips: 'I5' },
};
