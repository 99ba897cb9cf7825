/** One run: gateways and bystanders, victims and those who are hostile, and what must hold of it all. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@celeriac/runtime';
import type { FuzzOptions, HostileLink } from './fuzz-options.ts';
import { FuzzProcess } from './fuzz-process.ts';
import { hostileClient } from './hostile-client.ts';
import { HostileGateway } from './hostile-gateway.ts';
import { hostileWorker } from './hostile-worker.ts';
import { type FuzzScene, type Target, waitMs, within } from './scene.ts';
import { stranger } from './stranger.ts';
import { FuzzTally } from './tally.ts';
import { adminToken, FUZZ_KEY, hostileTokens } from './tokens.ts';

/** Sessions of a kind at the same time. */
const LANES: Readonly<Record<Exclude<HostileLink, 'gateway'>, number>> = {
  client: 4,
  worker: 3,
  stranger: 2,
};
const SPEAKERS = { client: hostileClient, worker: hostileWorker, stranger } as const;
/** What a gateway may have more, in the end, than before: caches, compiled code, what is freed lazily. */
const MEMORY_SLACK_BYTES = 64 * 1024 * 1024;
/** By then every lease and grace is over. */
const CALM_LIMIT_MS = 30_000;
const FINISH_LIMIT_MS = 60_000;
const START_LIMIT_MS = 60_000;

interface Watched {
  readonly program: FuzzProcess;
  readonly target: Target;
  readonly admin: string | null;
  beforeBytes: number;
}

export async function runFuzz({ seed, seconds, links, from, plant }: FuzzOptions): Promise<FuzzTally> {
  const tally = new FuzzTally(fileURLToPath(new URL('../../', import.meta.url)));
  const scene: FuzzScene = { seed, tally };
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-fuzz-'));
  const programs: FuzzProcess[] = [];
  const start = (name: string, file: string, place: object): FuzzProcess => {
    const program = new FuzzProcess(name, file, place, tally);
    programs.push(program);
    return program;
  };
  let on = true;
  const failed = new Promise<void>((resolve) => {
    tally.onFault = () => {
      on = false;
      resolve();
    };
  });
  const gateway = new HostileGateway(scene);
  try {
    await Promise.race([failed, story()]);
  } finally {
    on = false;
    for (const program of programs) await program.kill();
    gateway.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return tally;

  async function story(): Promise<void> {
    const faced = links.some((link) => link !== 'gateway');
    const watched = faced ? await Promise.all([open('open'), open('keyed', FUZZ_KEY)]) : [];
    const bystander = faced ? await startBystander(watched) : undefined;
    await calm(watched);
    for (const one of watched) one.beforeBytes = (await one.program.ask('memory', 'memory')).heapBytes;
    const victims: FuzzProcess[] = [];
    if (links.includes('gateway')) {
      const url = await gateway.listen();
      victims.push(start('client', 'client', { url, plant }), start('worker', 'worker', { url, plant }));
    }
    const speaking = links.flatMap((link) =>
      link === 'gateway' ? [] : Array.from({ length: LANES[link] }, (_, lane) => speak(link, lane, watched)),
    );
    if (await within(seconds * 1_000, failed)) return;
    on = false;
    await Promise.all(speaking);
    for (const victim of victims) await finish(victim);
    await calm(watched);
    for (const one of watched) await measure(one);
    if (bystander === undefined) return;
    const calls = bystander.next('calls');
    await finish(bystander);
    const { ended, slowestMs } = await calls;
    tally.count('bystander', 'calls', ended);
    tally.count('bystander', 'ms for the slowest', slowestMs);
  }

  async function startBystander(watched: readonly Watched[]): Promise<FuzzProcess> {
    const gateways = watched.map(({ target, admin }) => ({ url: target.url, token: admin }));
    const bystander = start('bystander', 'bystander', { gateways });
    await bystander.next('ready');
    return bystander;
  }

  async function open(name: string, key?: string): Promise<Watched> {
    const place = { store: join(folder, `${name}.db`), keys: key === undefined ? [] : [key], plant };
    const program = start(`the ${name} gateway`, 'gateway', place);
    const ready = program.next('ready');
    await within(START_LIMIT_MS, ready);
    const { url } = await ready;
    const tokens = key === undefined ? [null] : await hostileTokens(key);
    const admin = key === undefined ? null : await adminToken(key);
    return { program, target: { name, url, tokens }, admin, beforeBytes: 0 };
  }

  /** One session after the other; each lane has numbers of its own, and goes from one gateway to the next. */
  async function speak(
    link: keyof typeof SPEAKERS,
    lane: number,
    watched: readonly Watched[],
  ): Promise<void> {
    for (let session = from + lane; on; session += LANES[link]) {
      const target = watched[session % watched.length]?.target;
      if (target !== undefined) await SPEAKERS[link](scene, target, session).catch(broken);
    }
  }

  /** Of the fuzzer itself, or of a peer that says what is no JSON. */
  function broken(error: unknown): void {
    tally.fault(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  async function finish(program: FuzzProcess): Promise<void> {
    program.mayEnd();
    if (!(await within(FINISH_LIMIT_MS, program.ask('finish', 'done'))))
      tally.fault(`${program.name} does not come to its end`);
  }

  /** Only the bystanders are left: connections are closed, and what hostile workers held is nobody's. */
  async function calm(watched: readonly Watched[]): Promise<void> {
    for (const { target, admin } of watched) {
      const until = systemClock.monotonic() + CALM_LIMIT_MS;
      let seen = '';
      for (;;) {
        const levels = await levelsOf(target.url, admin);
        seen = `${levels.clients} clients, ${levels.workers} workers, ${levels.held} tasks held`;
        if (levels.clients === 1 && levels.workers === 1 && levels.held <= 1) break;
        if (systemClock.monotonic() > until) {
          tally.fault(
            `the ${target.name} gateway still has ${seen} after all have left but one client and one worker`,
          );
          return;
        }
        await waitMs(200);
      }
    }
  }

  async function measure({ program, target, beforeBytes }: Watched): Promise<void> {
    const { heapBytes, rssBytes, heldMs } = await program.ask('memory', 'memory');
    const group = `memory of the ${target.name} gateway, MB`;
    tally.count(group, 'before', megabytes(beforeBytes));
    tally.count(group, 'after', megabytes(heapBytes));
    tally.count(group, 'resident', megabytes(rssBytes));
    tally.count('ms that the event loop was held at most', target.name, heldMs);
    if (heapBytes - beforeBytes > MEMORY_SLACK_BYTES)
      tally.fault(
        `${program.name} keeps ${megabytes(heapBytes)} MB, and had ${megabytes(beforeBytes)} MB before`,
      );
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

async function levelsOf(url: string, token: string | null) {
  const response = await fetch(
    `${url}/metrics`,
    token === null ? {} : { headers: { authorization: `Bearer ${token}` } },
  );
  const text = await response.text();
  const level = (name: string): number =>
    Number(new RegExp(`^celeriac_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  return {
    clients: level('clients_connected'),
    workers: level('workers_connected'),
    held: level('tasks_held'),
  };
}
