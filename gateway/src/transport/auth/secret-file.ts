import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { OptionError } from '@celeriac/protocol';

/** More than any set of keys has. */
const MAX_BYTES = 256 * 1024;
const GROUP_AND_OTHERS = 0o077;

export interface SecretFile {
  readonly text: string;
  /** Others on this machine may read or change it. Windows does not tell. */
  readonly exposed: boolean;
}

/**
 * Reads a file that a flag names.
 * @param flag without its dashes
 * @throws OptionError that says why it cannot be read
 */
export function readSecretFile(path: string, flag: string): SecretFile {
  try {
    const file = openSync(path, 'r');
    try {
      const { mode, size } = fstatSync(file);
      if (size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
      const exposed = process.platform !== 'win32' && (mode & GROUP_AND_OTHERS) !== 0;
      return { text: readFileSync(file, 'utf8'), exposed };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OptionError(flag, `cannot read --${flag} ${path}: ${why}`);
  }
}
