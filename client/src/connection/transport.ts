/** One session with a gateway: opened once, used after its welcome, lost once. The seam that tests replace. */
import type {
  Answer,
  AnswerTo,
  AskedFrame,
  GatewayFrame,
  OneWayFrame,
  SaidIn,
  ToldIn,
} from '@celeriac/protocol/internal';

/** @internal */
export interface Transport {
  send<Name extends OneWayFrame>(name: Name, body: SaidIn<Name>): void;
  /** Says what is answered. */
  ask<Name extends AskedFrame>(
    name: Name,
    body: SaidIn<Name>,
    answer: (answer: Answer<AnswerTo<Name>>) => void,
  ): void;
  /** Idempotent; no event comes after it, `lost` neither. */
  close(): void;
}

/**
 * Why a transport did not open, or is gone.
 * @internal
 */
export interface TransportLoss {
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
 * What the gateway says unasked.
 * @internal
 */
export type GatewayListener = { readonly [Name in GatewayFrame]: (said: ToldIn<Name>) => void };

/**
 * Called after `OpenTransport` has returned, never inside it.
 * @internal
 */
export interface TransportEvents extends GatewayListener {
  /** The last call; also when the transport never opened. */
  lost(loss: TransportLoss): void;
}

/** @internal */
export type OpenTransport = (events: TransportEvents) => Transport;
