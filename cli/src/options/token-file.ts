import { readFileSync, statSync } from 'node:fs';
import { OptionError } from '@celeriac/protocol';

export interface TokenValues {
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
}

/** More than a gateway takes. */
const MAX_BYTES = 64 * 1024;

/**
 * The token of a command: as given, or from a file that is read again on each connect, so that it may be replaced.
 * @throws OptionError where both are given, or the file has none now
 */
export function tokenOf({ token, tokenFile }: TokenValues): string | null | (() => string) {
  if (tokenFile === undefined) return token ?? null;
  if (token !== undefined) {
    throw new OptionError('token-file', 'expected either --token or --token-file, got both');
  }
  readToken(tokenFile);
  return () => readToken(tokenFile);
}

function readToken(path: string): string {
  const token = textOf(path).trim();
  if (token !== '') return token;
  throw new OptionError('token-file', `expected --token-file ${path} to contain a token, but it is empty`);
}

function textOf(path: string): string {
  try {
    if (statSync(path).size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OptionError('token-file', `cannot read --token-file ${path}: ${why}`);
  }
}
