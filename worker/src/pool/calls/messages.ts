/** What a child and its worker say to each other about the child's links, each under a number that the child gives. */
import type { LinkEvents, Loss, OneWayFrame } from '@celeriac/client';
import { CeleriacError, type ErrorCode, isCeleriacError, RefusedError } from '@celeriac/protocol';

export type Question = 'get' | 'revoke' | 'forget' | 'control' | 'list';

export type FromCaller =
  | readonly ['open', link: number]
  | readonly ['send', link: number, name: OneWayFrame, body: unknown]
  | readonly ['ask', link: number, question: number, kind: Question, items: unknown]
  | readonly ['close', link: number];

export type ToCaller =
  | readonly ['heard', link: number, name: HeardEvent, body: unknown]
  | readonly ['answer', link: number, question: number, answer: unknown]
  | readonly ['lost', link: number, PlainLoss];

export type HeardEvent = Exclude<keyof LinkEvents, 'lost'>;

/** A loss as it can be copied: an Error's class does not survive that. */
export interface PlainLoss {
  readonly code: ErrorCode;
  readonly message: string;
  readonly refused: boolean;
  readonly final: boolean;
  readonly retryAfterMs: number | null;
}

const SENT: ReadonlySet<unknown> = new Set<OneWayFrame>([
  'define',
  'submit',
  'watch',
  'unwatch',
  'openStreams',
  'tookChunks',
  'closeStreams',
  'openFeeds',
  'closeFeeds',
]);
const ASKED: ReadonlySet<unknown> = new Set<Question>(['get', 'revoke', 'forget', 'control', 'list']);

export function isFromCaller(value: unknown): value is FromCaller {
  if (!Array.isArray(value) || typeof value[1] !== 'number') return false;
  switch (value[0]) {
    case 'open':
    case 'close':
      return true;
    case 'send':
      return SENT.has(value[2]) && typeof value[3] === 'object' && value[3] !== null;
    case 'ask':
      return typeof value[2] === 'number' && ASKED.has(value[3]) && Array.isArray(value[4]);
    default:
      return false;
  }
}

export function plainLoss({ reason, refused, retryAfterMs, final = false }: Loss): PlainLoss {
  const code = isCeleriacError(reason) ? reason.code : 'CONNECTION_LOST';
  return { code, message: reason.message, refused, retryAfterMs, final };
}

export function lossOf({ code, message, refused, retryAfterMs, final }: PlainLoss): Loss {
  const reason = refused
    ? RefusedError.of({ code, message, retryAfterMs })
    : new CeleriacError(code, message);
  return { reason, refused, retryAfterMs, final };
}
