import type { ServerResponse } from 'node:http';

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
