import type { IncomingMessage, ServerResponse } from 'node:http';
import { CLIENT_PATH } from '@celeriac/protocol/internal';
import type { Broker } from '../../broker/broker.ts';
import { checkOrigin, type OriginRules } from '../auth/origin-guard.ts';
import { respondJson } from './http-server.ts';
import { isAt, pathsOf } from './path.ts';

export interface Readiness {
  readonly ready: boolean;
  readonly why: string;
  /** For how long nothing was delivered though something could be. */
  readonly stallMs: number;
}

/**
 * @param broker absent while the store opens
 * @param shortage of what its store has no room, in words
 * @param idle why it does not work at all
 */
export function readinessOf(
  broker: Broker | undefined,
  shortage: string | null,
  idle: string | undefined,
): Readiness {
  const watchdog = broker?.deliveryWatchdog;
  const stallMs = Math.round(watchdog?.stallMs ?? 0);
  const not = (why: string): Readiness => ({ ready: false, why, stallMs });
  if (idle !== undefined) return not(idle);
  if (watchdog?.stalled) return not('nothing is delivered, although tasks and workers are waiting');
  if (shortage !== null) return not(`has no room: ${shortage}`);
  const suspects = broker?.suspectsHeldBack ?? 0;
  const held =
    suspects === 0 ? '' : `; tasks lost with their workers that wait to be tried one at a time: ${suspects}`;
  return { ready: true, why: `takes work${held}`, stallMs };
}

/**
 * `/healthz` says that the process answers, `/readyz` whether it takes work.
 * @returns false when the request is for somebody else
 */
export function answerHealth(
  request: IncomingMessage,
  response: ServerResponse,
  { origins, path }: { readonly origins: OriginRules; readonly path: string },
  readiness: () => Readiness,
): boolean {
  const alive = isAt(request, path, '/healthz');
  if (!alive && !isAt(request, path, '/readyz')) return false;
  const refusal = checkOrigin(request.headers, origins);
  if (refusal !== null) respondJson(response, 403, refusal);
  else if (alive) respondJson(response, 200, { status: 'ok' });
  else {
    const { ready, why, stallMs } = readiness();
    respondJson(response, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', why, stallMs });
  }
  return true;
}

/**
 * socket.io clients that poll are told that this one does not.
 * @returns false when the request is for somebody else
 */
export function answerPolling(request: IncomingMessage, response: ServerResponse, base: string): boolean {
  if (!pathsOf(request).some((path) => path.startsWith(`${base}${CLIENT_PATH}/`))) return false;
  // Another socket.io on the same path may have answered.
  if (!response.headersSent)
    respondJson(response, 400, { code: 'BAD_TRANSPORT', message: 'clients connect over WebSocket' });
  return true;
}

/** For a server that is only ours: whatever is not health is nothing. */
export function answerNothing(
  request: IncomingMessage,
  response: ServerResponse,
  origins: OriginRules,
): void {
  const refusal = checkOrigin(request.headers, origins);
  if (refusal !== null) respondJson(response, 403, refusal);
  else
    respondJson(response, 404, {
      code: 'NOT_FOUND',
      message: 'this is a Celeriac gateway; clients connect over WebSocket',
    });
}
