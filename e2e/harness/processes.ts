/** The processes of this machine, as `ps` lists them. */
import { execFileSync } from 'node:child_process';

export interface ListedProcess {
  readonly id: number;
  readonly parent: number;
  readonly command: string;
}

/** Those that have ended and only wait to be reaped are gone already. */
export function processes(): readonly ListedProcess[] {
  const listed = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' });
  return [...listed.matchAll(/^ *(\d+) +(\d+) +(\S+) +(.*)$/gm)]
    .filter(([, , , state]) => !state?.startsWith('Z'))
    .map(([, id, parent, , command]) => ({ id: Number(id), parent: Number(parent), command: command ?? '' }));
}

export function isRunning(id: number): boolean {
  return processes().some((one) => one.id === id);
}

/** All that this one has started, and what those have. */
export function descendantsOf(ancestor: number): readonly ListedProcess[] {
  const all = processes();
  const below = (parent: number): readonly ListedProcess[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.id)]);
  return below(ancestor);
}
