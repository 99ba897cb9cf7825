/** Which ends of a connection are a verdict, and which are only bad luck. */

import { RefusedError } from '@celeriac/protocol';
import { CLOSE, type WorkerRefusal } from '@celeriac/protocol/internal';
import type { SocketEnd } from './gateway-socket.ts';

const VERDICTS: ReadonlyMap<number, string> = new Map([
  [CLOSE.unauthenticated, 'UNAUTHENTICATED'],
  [CLOSE.forbidden, 'FORBIDDEN'],
  [CLOSE.unsupportedProtocol, 'UNSUPPORTED_PROTOCOL'],
  [CLOSE.replaced, 'REPLACED'],
  [CLOSE.nameTaken, 'NAME_TAKEN'],
]);
/** Of an HTTP answer in a WebSocket's place. */
const HTTP_VERDICTS: ReadonlySet<string> = new Set(['BAD_HOST', 'BAD_ORIGIN']);

/** Temporary refusals: try again with the same hello. */
const PASSING: ReadonlySet<string> = new Set([
  'OVERLOADED',
  'SHUTTING_DOWN',
  'STORAGE_FULL',
  'TOO_MANY_CONNECTIONS',
]);

/**
 * @param greeted whether a welcome had come: before it, a bad frame can only be the hello itself
 * @returns the gateway's refusal, or `undefined` when it makes sense to come back
 */
export function refusalOfEnd(
  end: SocketEnd,
  spoken: WorkerRefusal | undefined,
  greeted: boolean,
): RefusedError | undefined {
  if (spoken !== undefined && PASSING.has(spoken.code)) return undefined;
  if (end.refusal !== undefined && HTTP_VERDICTS.has(end.refusal.code)) return RefusedError.of(end.refusal);
  const code = VERDICTS.get(end.code) ?? badHello(end, greeted);
  if (code === undefined) return undefined;
  const message = spoken?.message ?? (end.reason || `the gateway refused this worker: ${code}`);
  return RefusedError.of({ code: spoken?.code ?? code, message });
}

function badHello(end: SocketEnd, greeted: boolean): string | undefined {
  return !greeted && end.code === CLOSE.badFrame ? 'BAD_FRAME' : undefined;
}
