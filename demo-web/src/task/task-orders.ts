import type { AsyncResult, RevokeVerdict } from '@celeriac/client';
import { app } from '../app.ts';
import type { Order } from '../control/order.ts';

const GRACE_S = 5;

const VERDICTS: Readonly<Record<RevokeVerdict, string>> = {
  prevented: 'It will never run.',
  revoked: 'It was running, and was told to stop; a result that it still returns is ignored.',
  'already-done': 'It had already ended.',
  unknown: 'The gateway does not know this task.',
};

/** What can be asked about a task. */
export function taskOrders(result: AsyncResult, label: string, over: boolean): readonly Order[] {
  return [
    {
      word: 'Revoke',
      of: label,
      possible: !over,
      doing: `Revoking ${label}`,
      send: async () => ({ text: VERDICTS[await result.revoke()] }),
    },
    {
      word: 'Terminate',
      of: label,
      possible: !over,
      question: `Revoke it, and end it by force after ${GRACE_S} s?`,
      doing: `Terminating ${label}`,
      send: async () => ({ text: VERDICTS[await result.revoke({ terminate: true, grace: GRACE_S })] }),
    },
    {
      word: 'Call again',
      of: label,
      doing: `Calling ${label} again`,
      send: async () => ({
        text: 'Called again, as a new task.',
        taskId: await app.control.retry(result.id),
      }),
    },
  ];
}
