import { createHash } from 'node:crypto';

/** The process that a worker session was given to. */
export interface SessionOwner {
  readonly name: string;
  readonly bootId: string;
}

const MARK_LENGTH = 16;

/**
 * The id by which a worker resumes its session: a secret, and a mark of the process that it was given to. The mark goes
 * wherever the id goes, so that a gateway which has just restarted, and knows nothing of a session but the id that stands in
 * its leases, still tells its owner from whoever has seen the id.
 */
export function sessionIdOf(owner: SessionOwner, secret: string): string {
  return `${secret}.${markOf(owner, secret)}`;
}

export function isSessionOf(id: string, owner: SessionOwner): boolean {
  return id === sessionIdOf(owner, id.slice(0, Math.max(0, id.length - MARK_LENGTH - 1)));
}

function markOf({ name, bootId }: SessionOwner, secret: string): string {
  const text = JSON.stringify([secret, name, bootId]);
  return createHash('sha256').update(text).digest('base64url').slice(0, MARK_LENGTH);
}
