import { readFileSync } from 'node:fs';

/** @returns what a process holds in memory, in bytes; `null` where the system does not tell */
export function memoryOf(pid: number): number | null {
  try {
    const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) * 1_024;
  } catch {
    // It has just died, or there is no such file system.
    return null;
  }
}
