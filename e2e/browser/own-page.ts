import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { Child } from '../harness/child.ts';

const CLI = fileURLToPath(new URL('../../cli/bin/celeriac.js', import.meta.url));
const TASKS = fileURLToPath(new URL('../tasks/tasks.ts', import.meta.url));
const FIXTURE = fileURLToPath(new URL('./fixture', import.meta.url));
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

export interface OwnPageOptions {
  /** The page's sources; default `fixture`. */
  readonly root?: string;
  /** What the worker runs; default the tests' tasks. */
  readonly tasks?: string;
  readonly gatewayFlags?: readonly string[];
  readonly workerFlags?: readonly string[];
  /** Of both processes. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A page on an origin of its own, so that what it may do is what any allowed page may; a gateway and a worker for it. */
export interface OwnPage {
  readonly address: string;
  /** The gateway's. */
  readonly url: string;
  readonly gateway: Child;
  readonly worker: Child;
  stop(): Promise<void>;
}

export async function startOwnPage(options: OwnPageOptions = {}): Promise<OwnPage> {
  const { root = FIXTURE, tasks = TASKS, gatewayFlags = [], workerFlags = [], env = {} } = options;
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-page-'));
  const server = serve(join(folder, 'dist'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the page has no port');
  const address = `http://127.0.0.1:${bound.port}`;
  const start = (...args: readonly string[]): Child =>
    new Child(process.execPath, [CLI, ...args], { cwd: folder, env });
  const gateway = start('gateway', '--port', '0', '--allow-origin', address, ...gatewayFlags);
  const url = /http:\/\/127\.0\.0\.1:\S+/.exec(await gateway.line(/http:/))?.[0] ?? '';
  await build({
    root,
    logLevel: 'error',
    define: { 'import.meta.env.VITE_CELERIAC_URL': JSON.stringify(url) },
    build: { outDir: join(folder, 'dist'), emptyOutDir: true },
  });
  const worker = start('worker', tasks, '--gateway', url, ...workerFlags);
  await worker.line(/^ready/);
  return {
    address,
    url,
    gateway,
    worker,
    async stop() {
      await worker.stop();
      await gateway.stop();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function serve(folder: string): Server {
  return createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '/');
    try {
      response.setHeader('content-type', TYPES[extname(path)] ?? 'text/plain');
      response.end(readFileSync(join(folder, path)));
    } catch {
      response.writeHead(404).end();
    }
  });
}
