/** What a child and its worker say to each other about the child's transports, each under a number that the child gives. */
import type { TransportLoss } from '@celeriac/client/hosting';
import { CeleriacError, type ErrorCode, isCeleriacError, RefusedError } from '@celeriac/protocol';
import {
  type AskedFrame,
  CLIENT_FRAMES,
  type GatewayFrame,
  type OneWayFrame,
  SESSION_FRAMES,
} from '@celeriac/protocol/internal';

/** What is said of a frame (`body`) is not read yet. */
export type FromCaller =
  | readonly ['open', transport: number]
  | readonly ['send', transport: number, name: OneWayFrame, body: unknown]
  | readonly ['ask', transport: number, name: AskedFrame, body: unknown, question: number]
  | readonly ['close', transport: number];

export type ToCaller =
  | readonly ['heard', transport: number, name: GatewayFrame, body: unknown]
  | readonly ['answer', transport: number, question: number, answer: unknown]
  | readonly ['lost', transport: number, PlainLoss];

/** A loss as it can be copied: an Error's class does not survive that. */
export interface PlainLoss {
  readonly code: ErrorCode;
  readonly message: string;
  readonly refused: boolean;
  readonly final: boolean;
  readonly retryAfterMs: number | null;
}

export function isFromCaller(value: unknown): value is FromCaller {
  if (!Array.isArray(value)) return false;
  const [kind, transport, name, , question] = value as readonly unknown[];
  if (typeof transport !== 'number') return false;
  if (kind === 'send') return isFrame(name, false);
  if (kind === 'ask') return isFrame(name, true) && typeof question === 'number';
  return kind === 'open' || kind === 'close';
}

function isFrame(name: unknown, acknowledged: boolean): boolean {
  if (typeof name !== 'string' || !Object.hasOwn(CLIENT_FRAMES, name)) return false;
  // Extensions may not send frames about the connection itself.
  if (Object.hasOwn(SESSION_FRAMES, name)) return false;
  return CLIENT_FRAMES[name as keyof typeof CLIENT_FRAMES].acknowledged === acknowledged;
}

export function plainLoss({ reason, refused, retryAfterMs, final = false }: TransportLoss): PlainLoss {
  const code = isCeleriacError(reason) ? reason.code : 'CONNECTION_LOST';
  return { code, message: reason.message, refused, retryAfterMs, final };
}

export function lossOf({ code, message, refused, retryAfterMs, final }: PlainLoss): TransportLoss {
  const reason = refused
    ? RefusedError.of({ code, message, retryAfterMs })
    : new CeleriacError(code, message);
  return { reason, refused, retryAfterMs, final };
}
