import type { IncomingMessage, ServerResponse } from 'node:http';
import { CLIENT_PATH } from '@celeriac/protocol/internal';
import { checkOrigin, type OriginRules } from '../auth/origin-guard.ts';
import { isAt, pathsOf } from './path.ts';
import { respondJson } from './respond.ts';

export interface Readiness {
  readonly ready: boolean;
  readonly why: string;
  /** For how long nothing was delivered though something could be. */
  readonly stallMs: number;
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
