import type { IncomingMessage, ServerResponse } from 'node:http';
import { CeleriacError } from '@celeriac/protocol';
import type { Metrics } from '../../events/metrics.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { allows } from '../auth/grant.ts';
import { checkOrigin, type OriginRules } from '../auth/origin-guard.ts';
import { respondJson, respondText } from './http-server.ts';
import { isAt } from './path.ts';

const PATH = '/metrics';
const TOKEN = /^Bearer +(\S+)$/i;

/**
 * `/metrics`, for Prometheus. Where there are keys it wants a bearer token with `admin:read`: queues' names and how much is
 * done are nobody else's business.
 * @returns false when the request is for somebody else
 */
export function answerFigures(
  request: IncomingMessage,
  response: ServerResponse,
  context: {
    readonly origins: OriginRules;
    readonly path: string;
    readonly authenticate: Authenticator;
    readonly metrics: () => Metrics;
  },
): boolean {
  if (!isAt(request, context.path, PATH)) return false;
  const refusal = checkOrigin(request.headers, context.origins);
  if (refusal !== null) respondJson(response, 403, refusal);
  else void show(request, response, context);
  return true;
}

async function show(
  { headers }: IncomingMessage,
  response: ServerResponse,
  { authenticate, metrics }: Parameters<typeof answerFigures>[2],
): Promise<void> {
  try {
    const grant = await authenticate(TOKEN.exec(headers.authorization ?? '')?.[1] ?? null);
    if (!allows(grant, 'admin', 'read')) {
      respondJson(response, 403, {
        code: 'FORBIDDEN',
        message: 'this token may not read the metrics (needs admin:read)',
      });
      return;
    }
    const shown = metrics();
    respondText(response, 200, await shown.text(), { 'content-type': shown.contentType });
  } catch (error) {
    if (!(error instanceof CeleriacError))
      respondJson(response, 500, { code: 'FAILED', message: String(error) });
    else {
      const { code, message } = error;
      if (code === 'OVERLOADED') respondJson(response, 503, { code, message });
      else respondJson(response, 401, { code, message }, { 'www-authenticate': 'Bearer' });
    }
  }
}
