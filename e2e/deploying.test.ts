/**
 * docs/deploying.md, followed word for word, with free ports and folders of the test in place of the page's. What a test cannot
 * have is said in its name: no systemd runs the units here, and no Docker the image.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Child } from './harness/child.ts';
import { type App, makeApp, makeFolder, makeGate, states } from './harness/house.ts';
import { note } from './harness/notes.ts';
import { run } from './harness/packed.ts';
import { blocksOf, blockWith, fileOf } from './harness/page.ts';
import { eventually, untilState } from './harness/signals.ts';
import { makeSite, type Site, startAt } from './harness/site.ts';
import { isInstalled, PROXIES, resolver, startProxy } from './harness/tls-proxy.ts';
import { commandOf, readUnit } from './harness/unit-file.ts';

const page = blocksOf('docs/deploying.md');
const UNITS = ['celeriac-gateway.service', 'celeriac-worker@.service'] as const;
const unitText = (name: string): string => fileOf(page, `/etc/systemd/system/${name}`);
const gatewayUnit = readUnit(unitText(UNITS[0]));
const workerUnit = readUnit(unitText(UNITS[1]));

let site: Site;
beforeAll(async () => {
  site = await makeSite(page);
});
afterAll(() => site?.remove());

/** The page's places as they are here. */
function here(words: readonly string[], port: number): readonly string[] {
  return words.map((word) =>
    word
      .replace('/usr/bin/node', process.execPath)
      .replace('/etc/celeriac', site.secrets)
      .replace('/var/lib/celeriac', site.folder)
      .replace('/run/secrets/keys', join(site.secrets, 'keys.txt'))
      .replace('/run/secrets/worker-token', join(site.secrets, 'worker.token'))
      .replace('7600', String(port)),
  );
}

/** @param port the one that it had before, if any */
async function startGateway(port = 0): Promise<{ readonly gateway: Child; readonly port: number }> {
  const gateway = startAt(site, here(commandOf(gatewayUnit), port));
  return { gateway, port: await portOf(gateway) };
}

async function portOf(gateway: Child): Promise<number> {
  return Number(new URL(await gateway.line(/^http:/)).port);
}

async function startWorker(instance: string, port: number): Promise<Child> {
  const worker = startAt(site, here(commandOf(workerUnit, instance), port));
  await worker.line(/^ready/);
  return worker;
}

function appOf(port: number): App {
  return makeApp(`http://127.0.0.1:${port}`, { token: site.token });
}

test('secrets are made for nobody else’s eyes', () => {
  for (const name of ['keys.txt', 'worker.token']) {
    expect(statSync(join(site.secrets, name)).mode & 0o077).toBe(0);
  }
});

test('the units’ own commands run, are healthy, and the workers are replaced one after the other', async () => {
  const { gateway, port } = await startGateway();
  expect(gateway.errors).not.toContain('chmod');
  const workers = new Map([
    ['1', await startWorker('1', port)],
    ['2', await startWorker('2', port)],
  ]);
  const healthy = blockWith(page, '/readyz\n').replaceAll('7600', String(port));
  const { stdout } = await run('sh', ['-e', '-c', healthy]);
  expect(stdout).toContain('"status":"ok"');
  expect(stdout).toContain('"status":"ready"');

  const app = appOf(port);
  for (const number of restartedBy(blockWith(page, 'for n in'))) {
    const gate = makeGate();
    const held = Array.from({ length: 4 }, () => app.sendTask('held', [gate.path]));
    await Promise.all(held.map((res) => untilState(res, 'STARTED')));
    const old = workers.get(number);
    old?.signal('SIGTERM');
    await eventually(() => /stopping/.exec(old?.errors ?? '') ?? undefined, 'the worker stops');
    expect(await app.sendTask('add', [2, 2]).get({ timeout: 60 })).toBe(4);
    gate.open();
    await Promise.all(held.map((res) => res.get({ timeout: 60 })));
    for (const res of held) expect(states(res)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
    expect(await old?.exited).toEqual({ code: 0, signal: null });
    workers.set(number, await startWorker(number, port));
  }

  const gate = makeGate();
  const running = app.sendTask('held', [gate.path]);
  await untilState(running, 'STARTED');
  expect(await gateway.stop()).toEqual({ code: 0, signal: null });
  const meanwhile = app.sendTask('add', [20, 22]);
  await startGateway(port);
  expect(await meanwhile.get({ timeout: 60 })).toBe(42);
  gate.open();
  await running.get({ timeout: 60 });
  expect(states(running)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
});

/** Runs a block of the page with a `systemctl` that only writes down what it is told. @returns the workers, in order */
function restartedBy(block: string): readonly string[] {
  const folder = makeFolder();
  const told = join(folder, 'told');
  writeFileSync(join(folder, 'systemctl'), `#!/bin/sh\necho "$@" >> '${told}'\n`, { mode: 0o755 });
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
  expect(spawnSync('sh', ['-e', '-c', block], { env }).status).toBe(0);
  const lines = readFileSync(told, 'utf8').trim().split('\n');
  expect(lines[0]).toBe('restart celeriac-gateway');
  return lines.slice(1).map((line) => /^restart celeriac-worker@(\d)$/.exec(line)?.[1] ?? line);
}

/** Of a number of seconds, with its unit or without. */
function secondsOf(text = ''): number {
  const [, seconds = 'none'] = /^(\d+)s?$/.exec(text) ?? [];
  return Number(seconds);
}

test('the units are as systemd reads them, and leave a worker the time to stop', () => {
  const folder = makeFolder();
  const [, patience = ''] = /--shutdown-timeout (\S+)/.exec(workerUnit.get('ExecStart') ?? '') ?? [];
  expect(secondsOf(workerUnit.get('TimeoutStopSec'))).toBeGreaterThan(secondsOf(patience) + 10);
  expect(gatewayUnit.get('RestartPreventExitStatus')).toBe('2');
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) {
    return note('deploying: no systemd here, its units were run and not verified');
  }
  for (const name of UNITS) {
    const path = join(folder, name);
    writeFileSync(path, unitText(name).replace('/usr/bin/node', process.execPath));
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], {
      encoding: 'utf8',
    });
    // What it says of units that are this machine's own is not about ours.
    const said = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('celeriac'));
    expect({ status, said }).toEqual({ status: 0, said: [] });
  }
});

test.each(PROXIES)('workers, commands and pages come in through $name, and nobody else', async (kind) => {
  const lines = fileOf(page, kind.file);
  if (!isInstalled(kind)) {
    expect(lines).toMatch(/(proxy_pass http:\/\/|reverse_proxy )127\.0\.0\.1:7600/);
    return note(`deploying: ${kind.name} is not installed, its lines were read and not run`);
  }
  const { port } = await startGateway();
  const proxy = await startProxy(kind, lines, `http://127.0.0.1:${port}`);
  const celeriac = [process.execPath, 'node_modules/.bin/celeriac'];
  const tokenFile = ['--token-file', join(site.secrets, 'worker.token')];
  const worker = startAt(
    site,
    [...celeriac, 'worker', 'tasks.ts', '--gateway', proxy.url, ...tokenFile],
    proxy.env,
  );
  await worker.line(/^ready/);
  const call = startAt(site, [...celeriac, 'call', 'add', '2', '2', '--wait'], {
    ...proxy.env,
    CELERIAC_URL: proxy.url,
    CELERIAC_TOKEN: site.token,
  });
  expect(await call.exited).toEqual({ code: 0, signal: null });
  expect(call.lines).toEqual(['4']);

  expect(await proxy.ask('/readyz')).toBe(200);
  expect(await proxy.ask('/metrics')).toBe(401);
  const webSocket = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  const link = '/socket.io/?EIO=4&transport=websocket';
  expect(await proxy.ask(link, { ...webSocket, origin: proxy.url })).toBe(101);
  expect(await proxy.ask(link, { ...webSocket, origin: 'https://evil.example' })).not.toBe(101);
  expect(await proxy.ask(link, { ...webSocket, host: 'evil.example' })).not.toBe(101);
});

interface Service {
  readonly command: readonly string[];
  readonly stop_grace_period: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly deploy?: { readonly replicas: number };
}

function services(): { readonly gateway: Service; readonly worker: Service } {
  const compose: unknown = parse(fileOf(page, 'compose.yaml'));
  return (compose as { readonly services: { readonly gateway: Service; readonly worker: Service } }).services;
}

test('the image’s processes serve, are healthy and stop, run from a folder in place of an image', async () => {
  expect(validate(fileOf(page, 'Dockerfile'))).toEqual([]);
  const { entrypoint, env, told } = site.image;
  expect(told.get('USER')).toBe('node');
  const [major] = /\d+/.exec(told.get('FROM') ?? '') ?? [];
  expect(process.versions.node.split('.')[0]).toBe(major);
  const { gateway: gatewayService, worker: workerService } = services();
  const container = ({ command }: Service, port: number): Child =>
    startAt(site, here([...entrypoint, ...command], port), {
      ...env,
      NODE_OPTIONS: `--import=${resolver(makeFolder(), 'gateway')}`,
    });
  const gateway = container(gatewayService, 0);
  const port = await portOf(gateway);
  const workers = Array.from({ length: workerService.deploy?.replicas ?? 0 }, () =>
    container(workerService, port),
  );
  expect(workers.length).toBe(2);
  for (const worker of workers) await worker.line(/^ready/);
  const [, ...probe] = gatewayService.healthcheck?.test ?? [];
  const check = startAt(site, here(probe, port));
  expect(await check.exited).toEqual({ code: 0, signal: null });
  expect(await appOf(port).sendTask('add', [2, 2]).get({ timeout: 60 })).toBe(4);

  for (const child of [...workers, gateway]) {
    child.signal(told.get('STOPSIGNAL') as NodeJS.Signals);
    expect(await child.exited).toEqual({ code: 0, signal: null });
  }
  const patience = workerService.command
    .find((word) => word.startsWith('--shutdown-timeout='))
    ?.split('=')[1];
  expect(secondsOf(workerService.stop_grace_period)).toBeGreaterThan(secondsOf(patience) + 10);
});
