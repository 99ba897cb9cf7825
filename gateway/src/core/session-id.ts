import { createHash } from 'node:crypto';

/** The process that a worker session was given to. */
export interface SessionOwner {
  readonly name: string;
  readonly bootId: string;
  readonly pid: number;
  /** Where the pid counts; empty where nobody has said. */
  readonly machine: string;
}

const MARK_LENGTH = 16;

/**
 * The id by which a worker resumes its session: a secret, a mark of the process that it was given to, and where that process
 * is. They go wherever the id goes, so that a gateway which has just restarted, and knows nothing of a session but the id that
 * stands in its leases, still tells its owner from whoever has seen the id, and whether the owner is gone.
 * @param secret without a dot
 */
export function sessionIdOf(owner: SessionOwner, secret: string): string {
  return [secret, markOf(owner, secret), owner.pid.toString(36), owner.machine].join('.');
}

export function isSessionOf(id: string, owner: SessionOwner): boolean {
  const [secret = ''] = id.split('.', 1);
  return id === sessionIdOf(owner, secret);
}

/** The process that a session was given to, as its id tells; pid 0 where it does not. */
export function processOf(id: string): Pick<SessionOwner, 'pid' | 'machine'> {
  const [, pid = '', machine = ''] = /^[^.]*\.[^.]*\.([0-9a-z]+)\.(.*)$/.exec(id) ?? [];
  return { pid: Number.parseInt(pid || '0', 36), machine };
}

function markOf({ name, bootId }: SessionOwner, secret: string): string {
  const text = JSON.stringify([secret, name, bootId]);
  return createHash('sha256').update(text).digest('base64url').slice(0, MARK_LENGTH);
}
