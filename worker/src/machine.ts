/** Which processes this one can see: the premise of every proof that one of them is no more. */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** How a machine is named on the wire. */
const LENGTH = 16;

/**
 * The same for two processes only where each sees the other's pid: host, and on Linux its boot and the namespace of pids, since
 * containers may share a host name. What cannot be read is left out where a system has no containers of its own.
 * @returns `undefined` where that cannot be told
 */
export function thisMachine(platform: string = process.platform): string | undefined {
  const parts = [hostname()];
  if (platform === 'linux') {
    try {
      parts.push(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'), readlinkSync('/proc/self/ns/pid'));
    } catch {
      return undefined;
    }
  }
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, LENGTH);
}

/** Where a worker runs, as far as it takes to prove that another one's process is no more. */
export interface Place {
  /** Of the worker's own process. */
  readonly pid: number;
  /** See {@link thisMachine}. */
  readonly machine: string | undefined;
  /** @returns whether this machine has no process of this number; false where nobody can say */
  hasEnded(pid: number): boolean;
}

/** @returns whether this machine has no process of this number; false where nobody can say */
export function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

export const HERE: Place = { pid: process.pid, machine: thisMachine(), hasEnded };
