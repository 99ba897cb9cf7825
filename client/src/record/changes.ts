/** How a record stands, what changes of it, and who hears of that. */

/**
 * unconfirmed: our call, without a receipt · accepted: our call, on the gateway's disk · foreign: somebody
 * else's, or ours from an earlier life · broken: never accepted, lost, or its app is closed; see `failure`.
 */
export type RecordStanding = 'unconfirmed' | 'accepted' | 'foreign' | 'broken';

/**
 * accepted: with the receipt · state, progress: something new to see · synced: the gateway answered, nothing
 * else changed · broken: it will never end · unreachable: the gateway has been away for `giveUpAfter`.
 */
export type RecordChange = 'accepted' | 'state' | 'progress' | 'synced' | 'broken' | 'unreachable';
export type Sink = (change: RecordChange) => void;

/** What keeps a Node process alive while somebody waits. */
export interface Hold {
  acquire(): void;
  release(): void;
}

/** applied · stale: seen before · early: to be covered by a snapshot on its way · gap: something before it is missing */
export type Applied = 'applied' | 'stale' | 'early' | 'gap';

/**
 * taken: as far as it was news · replaced: it tells of another past, from before a backup was restored ·
 * lost: the gateway has no such task although it had accepted it. The last two also where an end was heard, which stays.
 */
export type Taken = 'taken' | 'replaced' | 'lost';

/**
 * One session with a gateway; each is an object of its own. Within a session the higher number of two is the later
 * one. Over sessions it need not be: the store may have been restored from a backup in between.
 */
export interface GatewaySession {
  /** Names the gateway's store. */
  readonly epoch: string;
}
