/** Task records in every phase, made the way the broker makes them. */
import { DEFAULT_OPTIONS, type ResolvedOptions } from '@celeriac/protocol/internal';
import type { AttemptLease, StoredTask } from '../src/core/record.ts';
import { type AcceptedCall, lease, start, submit } from '../src/core/transitions.ts';

export const NOW = Date.UTC(2026, 0, 1);
export const LEASE: AttemptLease = { session: 's1', worker: 'w1', nonce: 'n1' };
export const ERROR = '{"name":"Error","message":"no"}';

export function submitted(
  options: Partial<ResolvedOptions> = {},
  submission: Partial<AcceptedCall> = {},
): StoredTask {
  return submit(
    {
      id: 't1',
      name: 'add',
      args: '[2,2]',
      call: null,
      options: { ...DEFAULT_OPTIONS, ...options },
      routed: true,
      dueAt: null,
      expiresAt: null,
      prepend: [],
      lineage: null,
      subject: null,
      ...submission,
    },
    NOW,
  );
}

export function leased(options: Partial<ResolvedOptions> = {}): StoredTask {
  return lease(submitted(options), LEASE);
}

export function running(options: Partial<ResolvedOptions> = {}): StoredTask {
  return start(leased(options), NOW + 1);
}
