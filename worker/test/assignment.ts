import type { Assignment, AssignmentContext, WirePayload } from '@celeriac/protocol/internal';

let count = 0;

/** An assignment of a task, with a nonce of its own. */
export function assignment(
  name: string,
  args: readonly unknown[] = [],
  given: Partial<AssignmentContext> & {
    readonly nonce?: string;
    readonly id?: string;
    /** The arguments as they came; instead of `args`. */
    readonly payload?: WirePayload;
  } = {},
): Assignment {
  count++;
  const { nonce = `nonce-${count}`, id = `id-${count}`, payload = JSON.stringify(args), ...context } = given;
  return [
    nonce,
    id,
    1,
    name,
    payload,
    {
      queue: 'default',
      priority: 0,
      retries: 0,
      maxRetries: 3,
      redelivered: false,
      awaitStart: false,
      etaAt: null,
      expiresAt: null,
      ...context,
    },
  ];
}
