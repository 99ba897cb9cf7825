// One part of a subject as a process: `role.ts worker|caller|watchers MODULE SETTINGS`. It prints a line of JSON when it is ready, and
// a caller then one for each line that it reads: how long that took, and what processor time of its own.
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { part } from '../measures.ts';
import { type Caller, now, type Peer, type Settings, type Watchers } from './peer.ts';

export type Order =
  | { readonly do: 'sequence' | 'burst' | 'accepts'; readonly count: number }
  | { readonly do: 'tick' }
  | { readonly do: 'watch'; readonly id: string };

export interface Report {
  readonly ms: number;
  readonly cpuMs: number;
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  readonly id?: string;
}

/** After so many calls in a row the caller lets its event loop turn, as a program with other work does. */
const IN_A_TURN = 500;

async function all(count: number, one: (index: number) => Promise<unknown>): Promise<void> {
  let left = count;
  await new Promise<void>((resolve, reject) => {
    const done = (): void => {
      left -= 1;
      if (left === 0) resolve();
    };
    const some = (from: number): void => {
      const end = Math.min(from + IN_A_TURN, count);
      for (let index = from; index < end; index++) one(index).then(done, reject);
      if (end < count) setImmediate(some, end);
    };
    some(0);
  });
}

function percentiles(times: number[]): Pick<Report, 'p50Ms' | 'p95Ms' | 'p99Ms'> {
  times.sort((one, other) => one - other);
  return { p50Ms: part(times, 0.5), p95Ms: part(times, 0.95), p99Ms: part(times, 0.99) };
}

async function sequence(caller: Caller, count: number): Promise<Partial<Report>> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const begun = performance.now();
    await caller.call(index);
    times.push(performance.now() - begun);
  }
  return percentiles(times);
}

async function follow(
  order: Order,
  caller: Caller | undefined,
  watchers: Watchers | undefined,
): Promise<Partial<Report>> {
  if (order.do === 'watch') {
    const late: number[] = [];
    await watchers?.watch(order.id, (told) => late.push(now() - told));
    return percentiles(late);
  }
  if (caller === undefined) throw new Error(`this part cannot '${order.do}'`);
  if (order.do === 'sequence') return await sequence(caller, order.count);
  if (order.do === 'burst') await all(order.count, (index) => caller.call(index));
  if (order.do === 'accepts') await all(order.count, (index) => caller.accept(index));
  return order.do === 'tick' ? { id: (await caller.tick?.()) ?? '' } : {};
}

async function obey(line: string, caller: Caller | undefined, watchers?: Watchers): Promise<Report> {
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const figures = await follow(JSON.parse(line) as Order, caller, watchers);
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - begun, cpuMs: (user + system) / 1_000, ...figures };
}

const say = (what: unknown): void => console.log(JSON.stringify(what));
const [role = '', module = '', text = '{}'] = process.argv.slice(2);
const peer = (await import(pathToFileURL(module).href)) as Peer;
const settings = JSON.parse(text) as Settings;
if (role === 'worker') say((await peer.startWorker?.(settings)) ?? {});
else {
  const caller = role === 'caller' ? await peer.startCaller(settings) : undefined;
  const watchers =
    role === 'watchers' ? await peer.startWatchers?.(settings, Number(settings['count'])) : undefined;
  say({});
  for await (const line of createInterface({ input: process.stdin })) say(await obey(line, caller, watchers));
  process.exit(0);
}
