/** The keys that both this gateway and whoever mints have: `--key` and `--key-file`. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { show } from '@celeriac/protocol/internal';
import type { Verifier } from './authenticator.ts';
import { tokenRefused } from './token-refusal.ts';

export interface SecretKey {
  /** `null`: for tokens that name none. */
  readonly kid: string | null;
  readonly secret: Uint8Array;
}

/** A token that names no key is tried with each; a gateway has no more secrets. */
export const MAX_KEYS_TRIED = 20;

export function secretKey(text: string, kid: string | null = null): SecretKey {
  return { kid, secret: new TextEncoder().encode(text) };
}

/** Chooses by the name that the token gives; one that gives none may be signed by any. */
export function secretKeysVerifier(
  keys: readonly SecretKey[],
  rules: Omit<Verifier, 'algorithms' | 'keysFor'>,
): Verifier {
  const held = keys.map(({ kid, secret }): { readonly kid: string | null; readonly key: KeyObject } => ({
    kid,
    key: createSecretKey(secret),
  }));
  return {
    ...rules,
    algorithms: ['HS256'],
    keysFor: async ({ kid }) => {
      const fitting = kid === undefined ? held : held.filter((one) => one.kid === kid);
      if (fitting.length === 0)
        throw tokenRefused(`it names a key that this gateway does not have: ${show(kid)}`);
      return fitting.map(({ key }) => key);
    },
  };
}
