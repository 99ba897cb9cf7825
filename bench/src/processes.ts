import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../../cli/bin/celeriac.js', import.meta.url));

export function fileOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

export interface Running {
  readonly process: ChildProcess;
  readonly firstLine: Promise<string>;
  /** Its exit code; `null` when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Writes a line to its input. @returns the next line of its output */
  ask(line: string): Promise<string>;
  /** @returns when it and its output have ended; after ten seconds it is killed */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface Placed {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** A server's reports, which only matter when it fails. */
  readonly silent?: boolean;
}

const STOP_MS = 10_000;

/** They end with this process, also when it is interrupted. */
const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

export function start(command: string, args: readonly string[], placed: Placed): Running {
  const { cwd, env, uid, gid, silent = false } = placed;
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', silent ? 'ignore' : 'inherit'],
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  children.add(child);
  child.once('close', () => children.delete(child));
  const lines: string[] = [];
  const waiting: { resolve(line: string): void; reject(error: Error): void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const first = waiting.shift();
    if (first === undefined) lines.push(line);
    else first.resolve(line);
  });
  const nextLine = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const line = lines.shift();
      if (line !== undefined) resolve(line);
      else waiting.push({ resolve, reject });
    });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.once('close', resolve).once('error', reject),
  );
  const fail = (): void => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`'${[command, ...args].join(' ')}' ended`));
  };
  ended.then(fail, fail);
  child.stdin.on('error', fail);
  const firstLine = nextLine();
  firstLine.catch(() => undefined);
  return {
    process: child,
    firstLine,
    ended,
    ask(line) {
      child.stdin.write(`${line}\n`);
      return nextLine();
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended.catch(() => null);
      clearTimeout(late);
    },
  };
}

/** A program of this Node. */
export function run(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Running {
  return start(process.execPath, args, { cwd, env });
}

/** Processor time that a process has used so far, in milliseconds; `undefined` where /proc does not tell. */
export function cpuMs(pid: number | undefined): number | undefined {
  const fields = statOf(pid);
  // Fields 14 and 15 of proc(5), in clock ticks of 10 ms.
  return fields && (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The same for a process with all that it started, also those that ended. */
export function cpuMsOfTree(pid: number | undefined): number {
  return sumOfTree(pid, (one) => {
    const fields = statOf(one) ?? [];
    return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field] ?? 0), 0) * 10;
  });
}

/** Memory that a process with all that it started occupies, in KiB. */
export function memoryKbOfTree(pid: number | undefined): number {
  return sumOfTree(pid, (one) => memoryKb(one) ?? 0);
}

function sumOfTree(pid: number | undefined, of: (pid: number) => number): number {
  if (pid === undefined) return 0;
  return of(pid) + childrenOf(pid).reduce((sum, child) => sum + sumOfTree(child, of), 0);
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** The fields of proc(5) from the third on. */
function statOf(pid: number | undefined): readonly string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ');
  } catch {
    return undefined;
  }
}

/** Memory that a process occupies, in KiB; `undefined` where /proc does not tell. */
export function memoryKb(pid: number | undefined): number | undefined {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}
