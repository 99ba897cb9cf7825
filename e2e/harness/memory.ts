import { readFileSync } from 'node:fs';
import { pause } from './signals.ts';

/** Resident memory of a process in bytes, as the kernel counts it. */
export function residentMemory(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  if (kilobytes === undefined) throw new Error(`/proc/${pid}/status has no VmRSS`);
  return Number(kilobytes) * 1024;
}

/** What moves less than this has come to rest. */
const STILL = 1024 * 1024;

/** Resident memory of a process that has nothing left to do: the same in four looks, a second apart. */
export async function settledMemory(pid: number): Promise<number> {
  let [last, still] = [residentMemory(pid), 0];
  for (let looks = 0; still < 4; looks++) {
    if (looks === 60) throw new Error(`the memory of process ${pid} does not come to rest`);
    await pause(1_000);
    const now = residentMemory(pid);
    still = Math.abs(now - last) < STILL ? still + 1 : 0;
    last = now;
  }
  return last;
}
