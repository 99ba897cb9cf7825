import { Celeriac } from '@celeriac/client';
import { type TokenValues, tokenOf } from '../options/token-file.ts';
import type { Terminal } from '../terminal.ts';
import { watchAbsence } from './absence.ts';

export interface Address {
  readonly url: string;
  readonly token: ReturnType<typeof tokenOf>;
  /** How long a gateway that went away is waited for; `undefined` leaves that to the client. */
  readonly patienceMs: number | undefined;
  /** The patience holds for a gateway that was never there as well: it is what the user said. */
  readonly patient: boolean;
}

export interface AddressValues extends TokenValues {
  readonly gateway: string;
  readonly wait?: boolean;
  readonly timeout?: number | undefined;
}

/** A question is asked for as long as a call is; waiting for a task outlasts a gateway's restart. */
const QUESTION_MS = 30_000;

/** @throws OptionError for a token that cannot be read */
export function gatewayAddress({ gateway, wait = false, timeout, ...given }: AddressValues): Address {
  return {
    url: gateway,
    token: tokenOf(given),
    patienceMs: timeout ?? (wait ? undefined : QUESTION_MS),
    patient: timeout !== undefined,
  };
}

/**
 * Lends an app for one command, and closes it whatever happens.
 * @throws CommandError as soon as the gateway refuses the app, or where there is none
 */
export async function withApp<Value>(
  { url, token, patienceMs, patient }: Address,
  terminal: Terminal,
  use: (app: Celeriac) => Promise<Value>,
): Promise<Value> {
  const patience = patienceMs === undefined ? undefined : `${patienceMs}ms`;
  const app = new Celeriac({ url, token, acceptTimeout: patience, giveUpAfter: patience });
  const absence = watchAbsence(app.connection, url, terminal, patient);
  try {
    return await Promise.race([absence.certain, use(app)]);
  } finally {
    absence.cancel();
    await app.close({ timeout: 0 });
  }
}
