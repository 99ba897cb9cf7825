import type { ServerResponse } from 'node:http';
import { createServer, type RequestListener, type Server } from 'node:http';

export interface HttpPatience {
  /** For the headers of a request, and for all of it, from when the connection was made or the last answer given. */
  readonly requestMs: number;
  /** For anything at all, an answer being read included. */
  readonly silentMs: number;
  /** How often those are looked at. */
  readonly everyMs: number;
}

const PATIENCE: HttpPatience = { requestMs: 10_000, silentMs: 10_000, everyMs: 1_000 };
const HEADERS_BYTES = 16 * 1024;
const HEADERS = 100;

/** The gateway's own server: who says nothing, or says it slowly, does not stay. */
export function openHttpServer(answer: RequestListener, patience = PATIENCE): Server {
  const server = createServer(
    {
      headersTimeout: patience.requestMs,
      requestTimeout: patience.requestMs,
      connectionsCheckingInterval: patience.everyMs,
      maxHeaderSize: HEADERS_BYTES,
    },
    answer,
  );
  server.maxHeadersCount = HEADERS;
  return server.setTimeout(patience.silentMs);
}

export function respondJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  respondText(response, status, `${JSON.stringify(body)}\n`, {
    'content-type': 'application/json',
    ...headers,
  });
}

export function respondText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, { 'x-content-type-options': 'nosniff', ...headers });
  response.end(text);
}
