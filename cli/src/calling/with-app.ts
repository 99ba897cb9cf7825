import { Celeriac, type ConnectionStatus, RefusedError } from '@celeriac/client';
import { CommandError } from '../output/complaint.ts';
import type { Terminal } from '../terminal.ts';

export interface Address {
  readonly url: string;
  readonly token: string | null;
  /** How long a gateway that is not there is tried for; `undefined` leaves that to the client. */
  readonly patienceMs: number | undefined;
}

export interface AddressValues {
  readonly gateway: string;
  readonly token: string | undefined;
  readonly wait?: boolean;
  readonly timeout?: number | undefined;
}

/** A question is asked for as long as a call is; who waits for a task outlasts a gateway's restart. */
const QUESTION_MS = 30_000;
/** A busy gateway is worth another try; one that does not let us in is not. */
const PASSING: ReadonlySet<string> = new Set(['OVERLOADED', 'SHUTTING_DOWN', 'TIMEOUT']);

export function addressOf({ gateway, token, wait = false, timeout }: AddressValues): Address {
  return { url: gateway, token: token ?? null, patienceMs: timeout ?? (wait ? undefined : QUESTION_MS) };
}

/**
 * Lends an app for one command, and closes it whatever happens.
 * @throws CommandError as soon as the gateway refuses the app
 */
export async function withApp<Value>(
  { url, token, patienceMs }: Address,
  terminal: Terminal,
  use: (app: Celeriac) => Promise<Value>,
): Promise<Value> {
  const patience = patienceMs === undefined ? undefined : `${patienceMs}ms`;
  const app = new Celeriac({ url, token, acceptTimeout: patience, giveUpAfter: patience });
  try {
    return await Promise.race([refusalOf(app, terminal), use(app)]);
  } finally {
    await app.close({ timeout: 0 });
  }
}

/** Never resolves; says once that the gateway is not there, since trying on looks like hanging. */
function refusalOf(app: Celeriac, terminal: Terminal): Promise<never> {
  return new Promise((_, reject) => {
    let told = false;
    app.connection.on('change', ({ state, reason }: ConnectionStatus) => {
      if (state !== 'reconnecting' || reason === null) return;
      if (reason instanceof RefusedError && !PASSING.has(reason.code)) {
        reject(new CommandError(`the gateway refused this client (${reason.code}): ${reason.message}`));
      } else if (!told) {
        told = true;
        terminal.complain(`celeriac: ${reason.message}; trying again`);
      }
    });
  });
}
