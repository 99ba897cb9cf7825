import { submit, type TaskRecord } from '@celeriac/gateway/testing';
import { DEFAULT_OPTIONS } from '@celeriac/protocol';
import { STARTS_AT } from '../simulation/time.ts';

/** A task that waits for a worker. */
export function submitted(id: string): TaskRecord {
  const submission = {
    id,
    name: 'work',
    args: '[]',
    call: null,
    options: DEFAULT_OPTIONS,
    routed: true,
    dueAt: null,
    expiresAt: null,
    prepend: [],
    lineage: null,
  };
  return submit(submission, STARTS_AT);
}
