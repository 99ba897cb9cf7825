import type { TaskState } from '@celeriac/protocol';
import type { EventItem } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import { callbacksAfter } from '../core/callbacks.ts';
import { laneOf } from '../core/lane.ts';
import { isHeld, type StoredTask, sequenceOf } from '../core/record.ts';
import { eventsBetween } from '../core/snapshot.ts';
import { disown } from '../core/transitions.ts';
import type { Engine, TaskChange } from '../engine/engine.ts';
import type { Bus } from '../events/bus.ts';
import type { Telemetry } from '../events/telemetry.ts';
import type { Catalog } from './catalog.ts';
import type { Depths } from './depths.ts';
import type { Lanes } from './lanes.ts';
import type { Progress } from './last-shown.ts';
import type { Leases } from './leases.ts';
import type { MonitorFeeds } from './monitor/monitor.ts';
import type { TaskStreams } from './streams/streams.ts';

const NONE: readonly string[] = [];

/** What the recorder wakes; set once at assembly. */
export interface Wakers {
  /** Some lane may have become non-empty, or some worker free. */
  dispatch(): void;
  /** A task waits until then. */
  due(at: number): void;
  /** A waiting task expires then. */
  expires(at: number): void;
}

interface Parts {
  readonly engine: Engine;
  readonly bus: Bus;
  readonly lanes: Lanes;
  readonly leases: Leases;
  readonly depths: Depths;
  readonly catalog: Catalog;
  readonly streams: TaskStreams;
  readonly monitor: MonitorFeeds;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/**
 * The one way a decision leaves the broker: to the engine, and after its commit to the watchers.
 * Keeps what follows from a change in step with it: lane hints, alarms, and which starts may be seen.
 */
export class Recorder {
  readonly #parts: Parts;
  readonly #wakers: Wakers;

  constructor(parts: Parts, wakers: Wakers) {
    this.#parts = parts;
    this.#wakers = wakers;
  }

  /**
   * Records changes and publishes those that applied.
   * @returns per change whether it applied, once committed
   */
  async record(decided: readonly TaskChange[]): Promise<readonly boolean[]> {
    const { engine, depths, clock, telemetry } = this.#parts;
    if (decided.length === 0) return [];
    const changes = decided.map((change) => this.#follow(change));
    const begun = clock.monotonic();
    const write = engine.advance(changes);
    for (const { to, spawn } of changes) {
      this.queued(to);
      if (spawn !== undefined) for (const record of spawn) this.queued(record);
    }
    const verdicts = await write.committed;
    for (const { spawn } of changes) if (spawn !== undefined) depths.arrived(spawn);
    telemetry.emit('written', { tasks: changes.length, ms: clock.monotonic() - begun });
    const ended = new Map<TaskState, number>();
    const applied: boolean[] = [];
    for (const { from, to, spawn } of changes) {
      const verdict = verdicts[applied.length] ?? 'missed';
      applied.push(verdict !== 'missed');
      if (verdict === 'missed') continue;
      if (verdict === 'applied' && spawn === undefined) this.publish(from, to);
      else this.#publishWith(spawn ?? [], from, to, verdict === 'applied' ? NONE : verdict);
      if (to.phase === 'ended' && from.phase !== 'ended') ended.set(to.state, (ended.get(to.state) ?? 0) + 1);
    }
    if (ended.size > 0) telemetry.emit('ended', { counts: ended });
    return applied;
  }

  /** @param taken ids of those that were not spawned */
  #publishWith(
    spawn: readonly StoredTask[],
    from: StoredTask,
    to: StoredTask,
    taken: readonly string[],
  ): void {
    if (taken.length > 0) this.#tellTaken(to.id, spawn, taken);
    this.publish(from, taken.length === 0 ? to : disown(to, taken));
    for (const record of spawn) if (!taken.includes(record.id)) this.publish(null, record);
  }

  /** What was to be spawned under the id of another task is not made, and nobody who waits for it would know. */
  #tellTaken(parent: string, spawn: readonly StoredTask[], taken: readonly string[]): void {
    const links = spawn.filter(({ id }) => taken.includes(id)).map(({ id, name }) => ({ id, name }));
    this.#parts.telemetry.emit('linkTaken', { parent, links });
  }

  /** However a task ends, the calls linked to it are made in the write that ends it. */
  #follow(given: TaskChange): TaskChange {
    const { catalog, streams, clock } = this.#parts;
    const { from } = given;
    const to = streams.count(from, given.to);
    const change = to === given.to ? given : { ...given, to };
    if (to.phase !== 'ended' || from.phase === 'ended' || to.call === null) return change;
    const now = clock.now();
    const { record, spawn } = callbacksAfter(to, (name) => catalog.options(name), now);
    if (spawn.length === 0) return change;
    return { ...change, to: record, spawn: spawn.map((linked) => this.#placed(linked, now)) };
  }

  /** It can no longer be refused, so one that would make a queue or a name too many expires at once. */
  #placed(linked: StoredTask, now: number): StoredTask {
    const { depths, telemetry } = this.#parts;
    const noPlace = depths.enter(linked);
    if (noPlace === undefined) return linked;
    depths.come(linked);
    if (noPlace === 'QUEUE_FULL') return linked;
    telemetry.emit('refused', { code: noPlace, count: 1 });
    return { ...linked, expiresAt: now };
  }

  /** Notes where a record now waits; called as its write is handed to the engine. */
  queued(record: StoredTask): void {
    if (record.phase === 'ready') {
      if (this.#parts.lanes.add(laneOf(record))) this.#wakers.dispatch();
    } else if (record.phase === 'scheduled' && record.dueAt !== null) {
      this.#wakers.due(record.dueAt);
    }
    // Also of a task that comes back: while it was in a worker's hands its time may have passed unnoticed.
    if (record.expiresAt !== null && !isHeld(record) && record.phase !== 'ended')
      this.#wakers.expires(record.expiresAt);
  }

  /** Tells the watchers; only ever called for what is committed. */
  publish(from: StoredTask | null, to: StoredTask): void {
    const { bus, streams, monitor } = this.#parts;
    const unseen = this.#unseen(from, to);
    bus.publish(to.id, () => {
      const events = eventsBetween(from, to);
      return unseen === undefined ? events : withProgress(events, unseen);
    });
    streams.changed(from, to);
    monitor.changed(from, to);
    if (to.phase === 'running') this.#reveal(to);
  }

  /** What a run showed that ends here, where its start was not published when it was over. */
  #unseen(from: StoredTask | null, to: StoredTask): Progress | undefined {
    return from === null || !isHeld(from) || isHeld(to)
      ? undefined
      : this.#parts.leases.lastShown.takeUnseen(from);
  }

  /** Progress that a worker sent before its start was committed is shown now, in that order. */
  #reveal(record: StoredTask): void {
    const held = this.#parts.leases.findTask(record.id);
    // The next attempt may have been handed out before the start of the last one was committed.
    if (held === undefined || held.nonce !== record.lease?.nonce || held.visible) return;
    held.visible = true;
    if (held.progress !== null)
      this.publishProgress(held.record, held.progress, record.history.entries.at(-1)?.[2] ?? 0);
  }

  publishProgress(record: StoredTask, progress: Progress, at: number): void {
    const sequence = sequenceOf(record);
    this.#parts.bus.publish(record.id, () => [[record.id, sequence, at, null, progress[0], progress[1]]]);
  }
}

/** Before the last of these events, which ends the run. */
function withProgress(events: readonly EventItem[], [state, meta]: Progress): readonly EventItem[] {
  const last = events.at(-1);
  if (last === undefined) return events;
  const [id, sequence, at] = last;
  return [...events.slice(0, -1), [id, sequence - 1, at, null, state, meta], last];
}
