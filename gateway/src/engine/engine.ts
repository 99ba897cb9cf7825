/**
 * Where tasks are kept: the seam between the broker and a store.
 *
 * The broker decides (with core/) what a task becomes; the engine records it if the task still is what the
 * decision was made on. So every write of an existing task is a compare-and-set on what fences it, several
 * gateways may share one engine, and a wake-up is only ever a hint: truth is read here.
 *
 * Every verb takes a batch. Times and random values come in as arguments. Verbs take effect in the order in
 * which they are called, across all verbs. What one verb changes is changed together with its history entry,
 * in one write; a batch is one transaction unless a verb says otherwise.
 *
 * A write has two moments, see {@link Write}. An engine that cannot commit is finished: the failed write rejects,
 * `failed` resolves, and every later call rejects; nothing is ever retried, because after a failed fsync nobody
 * knows what is on the disk. All adapters pass the suite in conformance/.
 */
import type { Definition, TokenClaim } from '@celeriac/protocol/internal';
import type { StateBox } from '@celeriac/runtime';
import type { Lane } from '../core/lane.ts';
import type { StoredTask, TaskOutline } from '../core/record.ts';
import type { NamedSettings } from '../core/settings.ts';
import type { SubjectFilter, TaskSummary } from '../core/summary.ts';

type Readable<Value> = Pick<StateBox<Value>, 'get' | 'subscribe' | 'until'>;

/**
 * **Gates.** A record that is to be stored as `ready` becomes `blocked` instead where its gate's limit (core/gate.ts) has
 * been reached by others that are ready, leased or running: whoever inserts, spawns, advances or promotes it. In the write
 * in which one of those leaves, the best blocked ones of its gate, by priority and then by place, become ready as far as
 * their limits go (their versions change, as by a promotion). What comes as a new one lets those go first that wait there.
 *
 * **Places.** A task that waits has a place among those of its priority. It takes the last one when it is inserted, and again
 * whenever it comes as a new one: by a change that counts up its retries or its requeues, or, where that leaves it
 * `scheduled`, when it is promoted. Whatever else brings it back to its queue, it finds its old place.
 */
export interface Engine {
  /** Whether what is committed survives the death of process and machine. */
  readonly durable: boolean;
  /** The file that tasks are kept in, where that is one. */
  readonly file: string | null;
  /** Resolves with the cause when the engine cannot go on; never rejects. */
  readonly failed: Promise<Error>;
  /**
   * How many tasks wait (unrouted, scheduled or ready) in each queue that has some, once opened: as of the last write that
   * was applied. Kept up with every write, so that asking costs nothing.
   */
  readonly waiting: ReadonlyMap<string, number>;
  /** In how many lanes tasks wait, likewise. */
  readonly lanes: number;
  /**
   * Why there is no room for further tasks (a full disk), `null` while there is. Nothing is to be inserted meanwhile, though
   * whatever is called is still done, or waits until there is room: a shortage passes, unlike a failure.
   */
  readonly shortage: Readable<string | null>;

  /**
   * Opens the store and reads what a gateway must know at start. Called once, first.
   * @throws when the store is newer than this code, is damaged, or is held by another process
   */
  open(): Promise<Opened>;

  /**
   * From now on `tell` is told which lanes got ready tasks because a gate had room again, no later than the `applied` of
   * the write that brought it about. A hint, as all wake-ups are: they may have been claimed by then.
   */
  onUnblocked(tell: (lanes: readonly LaneCount[]) => void): void;

  /**
   * Adds tasks. The engine gives each its `key`; an id that exists is left untouched and answered
   * with the existing task. Idempotent by id. Records may come in any phase but `ended`.
   */
  insert(records: readonly StoredTask[]): Write<readonly InsertVerdict[]>;

  /**
   * Leases ready tasks: for each ask in turn the best of its lanes, by priority (9 first), then by place,
   * skipping those that have expired by `now`, and lanes that have given as many as they may. Two asks never get the
   * same task. Lazily committed.
   */
  claim(asks: readonly ClaimAsk[], now: number): Promise<readonly (readonly StoredTask[])[]>;

  /**
   * Records decisions on existing tasks, each on its own terms: it applies only if the stored version, phase and
   * lease's nonce are those it was decided on, else it is `missed` and changes nothing. In order, so a second change
   * of one task in the same batch sees the first. Not idempotent by itself, but a change that applied is `missed`
   * when it comes again. (The phase counts for decisions on what was never recorded: of two starts of one version
   * one is missed, and what was decided on that one must not apply to an end that took its place.)
   *
   * What a change spawns is inserted with it, in the same transaction, if and only if it applied; verbs and changes
   * that come after it see those tasks. An id that exists is left untouched: it is no child of the task (the engine drops it
   * from the children that the change names), and the verdict says so.
   *
   * A change may replace the arguments: what `insert` compares with stays the content that was inserted. Arguments
   * and body that a change drops of an ended task leave a tombstone behind, as in {@link prune}.
   */
  advance(changes: readonly TaskChange[]): Write<readonly AdvanceVerdict[]>;

  /**
   * Makes due tasks ready, or blocked, at most `limit`, the longest due first. Nothing a user sees changes, but versions
   * do. Lazily committed.
   */
  promoteDue(now: number, limit: number): Promise<Promotion>;

  /**
   * Tasks that wait (unrouted, scheduled, ready or blocked) and expired by `now`, at most `limit`, the longest expired
   * first. Changes nothing.
   */
  expired(now: number, limit: number): Promise<ExpiryReport>;

  /** Unrouted tasks of these names, at most `limit`. Changes nothing. */
  unrouted(names: readonly string[], limit: number): Promise<readonly StoredTask[]>;

  /**
   * Records by id, `undefined` for an unknown one. Never shows uncommitted changes.
   */
  get(ids: readonly string[]): Promise<readonly (StoredTask | undefined)[]>;

  /**
   * As `get`, for finding out only who owns the tasks: what is large in them (arguments, results, links,
   * histories) is not even read.
   */
  outline(ids: readonly string[]): Promise<readonly (TaskOutline | undefined)[]>;

  /**
   * The newest tasks that match, of those accepted before `before`, at most `limit`; it looks at `reach` tasks and no
   * more, so it may find fewer although there are some further on. As `get`, never shows what is not committed yet.
   * Changes nothing.
   */
  list(query: HistoryQuery): Promise<Listing>;

  /**
   * When the task was accepted that has the first place of the ready ones in each of these queues, whatever its priority;
   * nothing for a queue that has none. Of a queue in which tasks wait in more lanes than so many, it looks at some. May show what is not committed yet. Changes nothing.
   */
  oldest(queues: readonly string[], lanes: number): Promise<ReadonlyMap<string, number>>;

  /**
   * How many tasks are ready in each lane of these queues and names that has some. May show what is not committed yet. Changes
   * nothing.
   */
  ready(queues: readonly string[], names: readonly string[]): Promise<readonly LaneCount[]>;

  /** Keeps definitions, the newest per name. Idempotent. */
  define(definitions: readonly Definition[]): Write<void>;

  /**
   * Keeps what was set for tasks at run time, the newest per name; nothing set forgets the name. From here on a `keyLimit`
   * counts for the gates of all tasks of that name instead of their own, `null` as one without end: what it lets through
   * becomes ready in this write, which looks at every blocked task once. What is through stays. Idempotent.
   */
  tune(settings: readonly NamedSettings[]): Write<void>;

  /** Keeps which queues are paused, the newest word on each. Claims go on as they did: it is for who asks to leave their lanes out. Idempotent. */
  pause(queues: readonly QueuePause[]): Write<void>;

  /**
   * Keeps which tokens were revoked, the newest word on each claim and name; forgets those whose `until` is not after `now`.
   * Idempotent.
   */
  revokeTokens(revoked: readonly RevokedToken[], now: number): Write<void>;

  /**
   * A step of clearing away what is over its time: at most `limit` tasks, fewer where they are large, so that no step holds up
   * what comes after it; then of giving room that is empty back to where it came from. Lazily committed.
   */
  prune(outdated: Outdated, limit: number): Promise<Pruned>;

  /**
   * Copies the store into a new file, while the store is in use; everything committed before is in the copy.
   * @returns how many bytes the copy has
   * @throws EngineError where there is no file to copy, or no copy came about
   */
  backup(file: string): Promise<number>;

  /** Commits what is open and closes the store. Idempotent. */
  close(): Promise<void>;
}

/**
 * `applied`: it is done as far as other verbs can tell, but a crash may undo it. Handing out a task can go on
 * this. `committed`: it stays (on a durable engine: after fsync). Receipts, acks and events wait for this.
 * `committed` never settles before `applied`, and commits settle in the order of the calls.
 */
export interface Write<Verdict> {
  readonly applied: Promise<Verdict>;
  readonly committed: Promise<Verdict>;
}

export interface Opened {
  /** Names this store; changes only when its tasks are gone. */
  readonly epoch: string;
  /** Tasks that were leased or running when the last gateway ended. */
  readonly held: readonly StoredTask[];
  readonly definitions: readonly Definition[];
  /** What was set for tasks at run time. */
  readonly settings: readonly NamedSettings[];
  readonly pausedQueues: readonly string[];
  readonly revokedTokens: readonly RevokedToken[];
  /** When the next scheduled task is due, and the next waiting one expires. */
  readonly nextDueAt: number | null;
  readonly nextExpiryAt: number | null;
}

export type QueuePause = readonly [queue: string, paused: boolean];

export interface RevokedToken {
  readonly by: TokenClaim;
  /** The `jti` or `sub`. */
  readonly name: string;
  /** When it was revoked: of a `sub`, tokens issued later are good. */
  readonly at: number;
  /** When it may be forgotten. */
  readonly until: number;
}

/** Which ended tasks are over their time, by when they ended. */
export interface Outdated {
  /** Those that ended before lose arguments, what stands before them, and body: a tombstone stays, which refuses other content under the id. */
  readonly bodiesBefore: number;
  /** Those that ended before are deleted. */
  readonly tombstonesBefore: number;
  /** Of more tombstones than `tombstones` the oldest are deleted too, as far as they ended before. */
  readonly surplusBefore: number;
  readonly tombstones: number;
}

export interface Pruned {
  /** How many tasks lost something or were deleted. */
  readonly touched: number;
  /** Whether another step would find something to do. May be true for nothing, once. */
  readonly more: boolean;
}

export interface LaneCount {
  readonly lane: Lane;
  readonly count: number;
}

/** `same`: the content matches what the existing task was inserted with; otherwise the id is taken by another call. */
export type InsertVerdict =
  | { readonly inserted: true; readonly key: number }
  | {
      readonly inserted: false;
      readonly same: boolean;
      readonly acceptedAt: number;
      /** Not the record: whoever names many ids must not have all that these tasks carry read for it. */
      readonly existing: TaskOutline;
    };

/** A list: it applied, but for what it was to spawn under these ids, which were taken. */
export type AdvanceVerdict = 'applied' | 'missed' | readonly string[];

export interface ClaimAsk {
  readonly session: string;
  readonly worker: string;
  readonly lanes: readonly Lane[];
  /** How many each of the lanes may give at most; absent, as many as it has. Lanes of one name share what the first of them may. */
  readonly most?: readonly number[];
  readonly limit: number;
  /** Random and unique per ask; nonces are made of it and a number. */
  readonly seed: string;
}

export interface TaskChange {
  /** What the decision was made on. */
  readonly from: StoredTask;
  readonly to: StoredTask;
  /** False: rides along with the next commit instead of asking for one (starts, releases). */
  readonly urgent: boolean;
  /**
   * Tasks that come to be by this change, as for {@link Engine.insert}: in any phase but `ended`. Nobody is told their keys.
   */
  readonly spawn?: readonly StoredTask[];
}

export interface HistoryQuery {
  /** Where it names a subject, only the tasks of that one are looked at. */
  readonly filter: SubjectFilter;
  /** A key: only tasks below it are looked at; `null` begins with the newest. */
  readonly before: number | null;
  readonly limit: number;
  readonly reach: number;
}

export interface Listing {
  /** The newest first. */
  readonly tasks: readonly TaskSummary[];
  /** What `before` is for the next page; `null` when there are no older tasks. */
  readonly next: number | null;
}

export interface Promotion {
  readonly ready: readonly LaneCount[];
  /** When the next one is due; `null` when none is scheduled. In the past when `limit` cut this one short. */
  readonly nextDueAt: number | null;
}

export interface ExpiryReport {
  readonly records: readonly StoredTask[];
  /** When the first one that is not among `records` expires. In the past when `limit` cut this one short. */
  readonly nextExpiryAt: number | null;
}
