/** One session with a gateway: opened once, used after its welcome, lost once. The seam that tests replace. */
import type {
  Answer,
  ClientFrames,
  ClientWelcome,
  ControlItem,
  ControlReply,
  EventItem,
  FeedItem,
  ListPage,
  ListQuery,
  Receipt,
  Refusal,
  RevokeItem,
  RevokeVerdict,
  StreamItem,
  WireSnapshot,
} from '@celeriac/protocol';

/**
 * Frames that are not acknowledged.
 * @internal
 */
export type OneWayFrame =
  | 'define'
  | 'submit'
  | 'watch'
  | 'unwatch'
  | 'openStreams'
  | 'tookChunks'
  | 'closeStreams'
  | 'openFeeds'
  | 'closeFeeds';

/** @internal */
export interface Link {
  send<Name extends OneWayFrame>(name: Name, body: Parameters<ClientFrames[Name]>[0]): void;
  get(ids: readonly string[], answer: (answer: Answer<readonly (WireSnapshot | null)[]>) => void): void;
  revoke(
    items: readonly RevokeItem[],
    answer: (answer: Answer<readonly (RevokeVerdict | null)[]>) => void,
  ): void;
  forget(ids: readonly string[], answer: (answer: Answer<readonly boolean[]>) => void): void;
  control(items: readonly ControlItem[], answer: (answer: Answer<readonly ControlReply[]>) => void): void;
  list(queries: readonly ListQuery[], answer: (answer: Answer<readonly ListPage[]>) => void): void;
  /** Idempotent; no event comes after it, `lost` neither. */
  close(): void;
}

/**
 * Why a link did not open, or is gone.
 * @internal
 */
export interface Loss {
  readonly reason: Error;
  /** The gateway said no (token, protocol, origin): trying at once again is of no use. */
  readonly refused: boolean;
  readonly retryAfterMs: number | null;
  /**
   * No later try can end better: the gateway itself refuses the token, and there is no factory that gives another one, or the
   * app's address or origin. What something on the way says is never final.
   */
  readonly final?: boolean | undefined;
  /** A frame of ours was too large, for the gateway or for something on the way. */
  readonly choked?: boolean;
}

/**
 * Called after `OpenLink` has returned, never inside it.
 * @internal
 */
export interface LinkEvents {
  welcome(welcome: ClientWelcome): void;
  receipts(receipts: readonly Receipt[]): void;
  events(events: readonly EventItem[]): void;
  snapshots(snapshots: readonly WireSnapshot[]): void;
  streams(items: readonly StreamItem[]): void;
  feeds(items: readonly FeedItem[]): void;
  refused(refusal: Refusal): void;
  goaway(afterMs: number): void;
  /** The last call; also when the link never opened. */
  lost(loss: Loss): void;
}

/** @internal */
export type OpenLink = (events: LinkEvents) => Link;
