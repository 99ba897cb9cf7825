/** Which processes a process can see: without that it cannot prove that one has ended. */

/** What a process asks its system, which not all that run this code have. */
export interface System {
  readonly platform: string;
  readonly pid: number;
  readonly host: string;
  /** @throws where it cannot be read */
  read(file: string): string;
  /** @throws where it cannot be read */
  readLink(file: string): string;
  /** In letters and digits. */
  hash(text: string): string;
  /** @throws an error with the code `ESRCH` where there is no such process */
  signal(pid: number, signal: 0): unknown;
}

/** Where a process runs, as far as it takes to prove that another one has ended. */
export interface MachinePlace {
  readonly pid: number;
  /** The same for two processes only where each sees the other's pid; `undefined` where that cannot be told. */
  readonly machine: string | undefined;
  /** @returns whether this machine has no process of this number; false where that cannot be told */
  hasEnded(pid: number): boolean;
}

/** How a machine is named on the wire. */
const LENGTH = 16;

export function placeIn(system: System): MachinePlace {
  const { pid } = system;
  return { pid, machine: machineOf(system), hasEnded: (other) => hasEnded(system, other) };
}

/**
 * Host, and on Linux its boot and the namespace of pids, since containers may share a host name. What cannot be read is left
 * out where a system has no containers of its own.
 */
function machineOf({ platform, host, read, readLink, hash }: System): string | undefined {
  const parts = [host];
  if (platform === 'linux') {
    try {
      parts.push(read('/proc/sys/kernel/random/boot_id'), readLink('/proc/self/ns/pid'));
    } catch {
      return undefined;
    }
  }
  return hash(JSON.stringify(parts)).slice(0, LENGTH);
}

function hasEnded(system: System, pid: number): boolean {
  try {
    system.signal(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
