/** Gateways, workers and clients for one test, on a free loopback port, ended with the test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Celeriac } from '@celeriac/client';
import { onTestFinished } from 'vitest';
import type * as tasks from '../tasks/tasks.ts';
import { Child } from './child.ts';

export const CLI = fileURLToPath(new URL('../../cli/bin/celeriac.js', import.meta.url));
export const TASKS = fileURLToPath(new URL('../tasks/tasks.ts', import.meta.url));
const PROGRAMS = fileURLToPath(new URL('../programs/', import.meta.url));

export type Tasks = typeof tasks;
export type App = Celeriac<Tasks>;

/** A folder of the test's own. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-e2e-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What tasks wait for that are held: the path of a file, and what makes it. */
export function makeGate(): { readonly path: string; open(): void } {
  const path = join(makeFolder(), 'open');
  return { path, open: () => writeFileSync(path, '') };
}

export function celeriac(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Child {
  const child = new Child(process.execPath, [CLI, ...args], { cwd, env });
  onTestFinished(() => child.kill());
  return child;
}

export interface GatewayHandle {
  readonly url: string;
  readonly port: number;
  child: Child;
  readonly folder: string;
  /** Starts it again on the same port and store. */
  restart(): Promise<void>;
}

export async function startGateway(
  options: { readonly store?: string; readonly flags?: readonly string[]; readonly folder?: string } = {},
): Promise<GatewayHandle> {
  const folder = options.folder ?? makeFolder();
  const store = options.store ?? 'sqlite:celeriac.db';
  const launch = (port: number): Child =>
    celeriac(['gateway', '--port', String(port), '--store', store, ...(options.flags ?? [])], folder);
  const child = launch(0);
  const url = await addressOf(child);
  const port = Number(new URL(url).port);
  const gateway: GatewayHandle = {
    url,
    port,
    child,
    folder,
    async restart() {
      await gateway.child.kill();
      gateway.child = launch(port);
      await addressOf(gateway.child);
    },
  };
  return gateway;
}

async function addressOf(gateway: Child): Promise<string> {
  const line = await gateway.line(/http:\/\/127\.0\.0\.1:\d+/);
  return /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? '';
}

export async function startWorker(
  url: string,
  options: {
    readonly flags?: readonly string[];
    readonly file?: string;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<Child> {
  const worker = celeriac(
    ['worker', options.file ?? TASKS, '--gateway', url, ...(options.flags ?? [])],
    makeFolder(),
    options.env,
  );
  await worker.line(/^ready/);
  return worker;
}

/** A client as a browser has it: the types of the tasks, nothing else. */
export function makeApp(url: string, options: Partial<ConstructorParameters<typeof Celeriac>[0]> = {}): App {
  const app = new Celeriac<Tasks>({ ...options, url });
  onTestFinished(() => app.close());
  return app;
}

/** A program of its own, of those in e2e/programs. */
export function runProgram(name: string, url: string, args: readonly string[] = []): Child {
  const child = new Child(process.execPath, [join(PROGRAMS, name), ...args], {
    cwd: makeFolder(),
    env: { CELERIAC_URL: url },
  });
  onTestFinished(() => child.kill());
  return child;
}

/** A history as the words of its states. */
export function states(handle: {
  readonly history: readonly { readonly state: string }[];
}): readonly string[] {
  return handle.history.map(({ state }) => state);
}
