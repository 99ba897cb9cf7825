/** A proxy that speaks TLS, with its lines from docs/deploying.md, in front of a gateway of the test. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { Child } from './child.ts';
import { makeFolder } from './house.ts';
import { run } from './packed.ts';
import { eventually } from './signals.ts';

const HOST = 'tasks.example';

export interface ProxyKind {
  readonly name: string;
  /** Where the page puts its lines. */
  readonly file: string;
  /** How its version is asked for. */
  readonly version: string;
  /** What the page's lines become here: the port, the certificate and the gateway of the test. */
  readonly config: (lines: string, places: Places) => string;
  readonly args: (config: string) => readonly string[];
}

interface Places {
  readonly folder: string;
  readonly port: number;
  readonly gateway: string;
  readonly certificate: string;
  readonly key: string;
}

const nginx: ProxyKind = {
  name: 'nginx',
  file: '/etc/nginx/conf.d/celeriac.conf',
  version: '-v',
  config: (lines, { folder, port, gateway, certificate, key }) => `
    daemon off; master_process off; pid ${folder}/pid; error_log stderr;
    events {}
    http {
      access_log off;
      ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n')}
      ${lines
        .replace('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`)
        .replace('/etc/ssl/tasks.example.pem', certificate)
        .replace('/etc/ssl/tasks.example.key', key)
        .replace('http://127.0.0.1:7600', gateway)}
    }`,
  args: (config) => ['-c', config],
};

const caddy: ProxyKind = {
  name: 'caddy',
  file: '/etc/caddy/Caddyfile',
  version: 'version',
  config: (lines, { port, gateway, certificate, key }) =>
    `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${lines
      .replace(`${HOST} {`, `https://${HOST}:${port} {\n\tbind 127.0.0.1\n\ttls ${certificate} ${key}`)
      .replace('127.0.0.1:7600', new URL(gateway).host)}`,
  args: (config) => ['run', '--adapter', 'caddyfile', '--config', config],
};

export const PROXIES: readonly ProxyKind[] = [nginx, caddy];

export function isInstalled({ name, version }: ProxyKind): boolean {
  return spawnSync(name, [version]).status === 0;
}

export interface Proxy {
  readonly url: string;
  /** For processes that are to find it by its name and to trust it. */
  readonly env: Readonly<Record<string, string>>;
  /** The status of the answer; 101 where the connection became a WebSocket. */
  ask(path: string, headers?: Readonly<Record<string, string>>): Promise<number>;
}

/**
 * @param lines those of the page
 * @param tries for a port that nobody takes meanwhile
 */
export async function startProxy(kind: ProxyKind, lines: string, gateway: string, tries = 5): Promise<Proxy> {
  const folder = makeFolder();
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  await run('openssl', [
    ...['req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-days', '2'],
    ...['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`],
    ...['-keyout', key, '-out', certificate],
  ]);
  const port = await freePort();
  const config = join(folder, 'config');
  writeFileSync(config, kind.config(lines, { folder, port, gateway, certificate, key }));
  const process = new Child(kind.name, kind.args(config), {
    cwd: folder,
    env: { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  onTestFinished(() => process.kill());
  const ca = readFileSync(certificate);
  const ask: Proxy['ask'] = (path, headers = {}) =>
    new Promise((resolve, reject) => {
      const asked = request(
        { host: '127.0.0.1', port, path, ca, servername: HOST, agent: false },
        (response) => resolve(response.resume().statusCode ?? 0),
      );
      for (const [name, value] of Object.entries({ host: `${HOST}:${port}`, ...headers })) {
        asked.setHeader(name, value);
      }
      asked.on('upgrade', (_, socket) => resolve(socket.destroy() ? 101 : 0));
      asked.on('error', reject).end();
    });
  const answers = await eventually(
    () =>
      process.running
        ? ask('/healthz').then(
            () => true,
            () => undefined,
          )
        : false,
    `${kind.name} answers`,
  );
  if (!answers) {
    if (tries > 1 && /address already in use/i.test(process.errors))
      return startProxy(kind, lines, gateway, tries - 1);
    throw new Error(`${kind.name} ended: ${process.errors}`);
  }
  const env = { NODE_EXTRA_CA_CERTS: certificate, NODE_OPTIONS: `--import=${resolver(folder, HOST)}` };
  return { url: `https://${HOST}:${port}`, env, ask };
}

/** In place of DNS. @returns what a process imports to find this name on this machine */
export function resolver(folder: string, host: string): string {
  const path = join(folder, `resolve-${host}.mjs`);
  writeFileSync(
    path,
    `import dns from 'node:dns';
const { lookup } = dns;
dns.lookup = (name, ...rest) => lookup(name === '${host}' ? '127.0.0.1' : name, ...rest);`,
  );
  return pathToFileURL(path).href;
}

/** For programs that take no port 0. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
