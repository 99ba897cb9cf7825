/** A gateway with a key, and guests with tokens of their own. */
import { TOKEN_AUDIENCE, TOKEN_ISSUER } from '@celeriac/token/internal';
import { SignJWT } from 'jose';
import { type Running, startGateway } from './gateway-setup.ts';
import type { RawClient } from './raw-client.ts';
import type { RawWorker } from './raw-worker.ts';

const KEY = 'k'.repeat(64);

export interface Guarded extends Running {
  /** A client whose token is this one's; `null` names nobody. */
  guest(subject: string | null, ...scopes: readonly string[]): Promise<RawClient>;
  /** A worker of these queues, which defines these tasks. */
  hand(queues: readonly string[], tasks: Readonly<Record<string, object>>): Promise<RawWorker>;
}

export function mint(subject: string | null, scopes: readonly string[]): Promise<string> {
  const token = new SignJWT({ scope: scopes.join(' ') })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(TOKEN_ISSUER)
    .setAudience(TOKEN_AUDIENCE)
    .setExpirationTime('1h');
  return (subject === null ? token : token.setSubject(subject)).sign(new TextEncoder().encode(KEY));
}

export async function startGuarded(): Promise<Guarded> {
  const running = await startGateway({ keys: [KEY] });
  return {
    ...running,
    guest: async (subject, ...scopes) => {
      const token = await mint(subject, scopes);
      return running.client({ auth: { protocol: { min: 1, max: 1 }, token } });
    },
    hand: async (queues, tasks) =>
      running.worker({
        token: await mint(
          'worker',
          queues.map((queue) => `work:${queue}`),
        ),
        bootId: `boot of ${queues.join()}`,
        name: `w ${queues.join()}`,
        queues,
        capacity: 1_000,
        definitions: Object.entries(tasks).map(([name, options]) => ({
          name,
          options,
          arity: null,
          params: null,
        })),
      }),
  };
}

/** Its next receipts, short: id, 1 or 0, and the queue or the code. */
export async function receipts(client: RawClient): Promise<readonly (readonly unknown[])[]> {
  const [given] = (await client.next('receipts')) as readonly [readonly (readonly unknown[])[]];
  return given.map(([id, accepted, what]) => [id, accepted, what]);
}
