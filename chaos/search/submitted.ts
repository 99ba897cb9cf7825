import { type StoredTask, submit } from '@celeriac/gateway/testing';
import { DEFAULT_OPTIONS, type ResolvedOptions } from '@celeriac/protocol/internal';

/** A task that waits for a worker. */
export function submittedTask(id: string, options: Partial<ResolvedOptions> = {}): StoredTask {
  const submission = {
    id,
    name: 'work',
    args: '[]',
    call: null,
    options: { ...DEFAULT_OPTIONS, ...options },
    routed: true,
    dueAt: null,
    expiresAt: null,
    prepend: [],
    lineage: null,
    subject: null,
  };
  return submit(submission, 0);
}
