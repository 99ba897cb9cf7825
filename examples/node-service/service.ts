import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { type Answer, orderSum, showSum } from './sums.ts';
import { app } from './tasks.ts';

const server = createServer((request, response) => {
  void answer(request).then(({ status, body }) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
});

async function answer(request: IncomingMessage): Promise<Answer> {
  try {
    return await route(request);
  } catch (error) {
    // Not accepted, or the gateway is unreachable: the caller may try again.
    return { status: 503, body: { error: String(error) } };
  }
}

async function route(request: IncomingMessage): Promise<Answer> {
  const path = new URL(request.url ?? '/', 'http://service').pathname;
  if (request.method === 'POST' && path === '/sums') {
    const sum: unknown = await json(request).catch(() => undefined);
    return isSum(sum)
      ? orderSum(sum)
      : { status: 400, body: { error: 'expected {"x": number, "y": number}' } };
  }
  const [, id] = /^\/sums\/([\w-]+)$/.exec(path) ?? [];
  if (request.method === 'GET' && id !== undefined) return showSum(id);
  return { status: 404, body: { error: `there is no ${request.method} ${path}` } };
}

function isSum(value: unknown): value is { x: number; y: number } {
  if (typeof value !== 'object' || value === null || !('x' in value) || !('y' in value)) return false;
  return typeof value.x === 'number' && typeof value.y === 'number';
}

server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

process.once('SIGTERM', () => {
  server.close(() => void app.close());
});
