/**
 * The gateway and the page on one port. Prints its address when it takes calls; ends with the signal, or with one
 * line that says why.
 */
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gatewayWith, isOpen, originRules, resolveGatewayOptions } from '@celeriac/gateway/internal';
import { Breakage } from './breakage.ts';
import { givenBy } from './environment.ts';
import { serveStatic } from './static-page.ts';

const page = fileURLToPath(new URL('../dist', import.meta.url));
const options = { port: 7600, store: 'sqlite:.celeriac/page.db', ...givenBy(process.env) };

async function main(): Promise<void> {
  if (!existsSync(`${page}/index.html`)) throw new Error('the page is not built; run npm run build');
  const settings = resolveGatewayOptions(options);
  makeFolderOf(settings.store);
  const server = createServer();
  const gateway = gatewayWith(settings, { server });
  const rules = originRules(settings);
  const root = settings.path.replace(/\/?$/, '/');
  const servePage = serveStatic(page, { rules, root });
  const breakage = new Breakage({ allowed: isOpen(settings), root });
  server.on('request', (request, response) => {
    if (!URL.canParse(request.url ?? '', 'http://page')) return void response.writeHead(400).end();
    const broken = breakage.answer(request, rules);
    if (broken !== undefined) response.writeHead(broken.status).end(`${broken.text}\n`, broken.after);
    else if (!gateway.handle(request, response)) servePage(request, response);
  });
  server.on('upgrade', (request, socket) => {
    if (!gateway.owns(request)) socket.destroy();
  });
  await once(server.listen(settings.port, settings.host), 'listening');
  await gateway.start();
  breakage.watch(server);
  const stop = async (exitCode: number): Promise<void> => {
    process.exitCode = exitCode;
    await gateway.stop();
    server.close();
    server.closeAllConnections();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));
  void gateway.failed.then((error) => {
    process.stderr.write(`${error.message}\n`);
    return stop(1);
  });
  process.stdout.write(`${gateway.url}\n`);
}

function makeFolderOf(store: string): void {
  const path = /^sqlite:(.+)$/.exec(store)?.[1];
  if (path !== undefined) mkdirSync(dirname(path), { recursive: true });
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE') {
    return `port ${options.port} is taken: choose another with CELERIAC_PORT, 0 takes a free one`;
  }
  return error.message;
}

main().catch((error: unknown) => {
  process.stderr.write(`${describe(error)}\n`);
  process.exit(1);
});
