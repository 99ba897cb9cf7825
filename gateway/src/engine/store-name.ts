/** How a store is named: `memory`, or `sqlite:` and the path of a file as it is. */
import { homedir } from 'node:os';

export type StoreName = { readonly kind: 'memory' } | { readonly kind: 'sqlite'; readonly file: string };

const VARIABLE = /\$\{(\w+)\}|\$(\w+)|%(\w+)%/g;

/**
 * @returns `undefined` for what is no name of a store, and for what somebody meant to be another file than it would be
 * @internal
 */
export function readStoreName(text: string): StoreName | undefined {
  if (text === 'memory') return { kind: 'memory' };
  const file = /^sqlite:(.+)$/s.exec(text)?.[1];
  return file === undefined || spellStore(text) !== text ? undefined : { kind: 'sqlite', file };
}

/**
 * Why a name is refused, and the spelling that works, as far as it can be guessed: the end of a sentence.
 * @internal
 */
export function storeHint(text: string): string {
  const right = spellStore(text);
  if (right === text || readStoreName(right) === undefined) return '';
  if (/^sqlite:\/\/\/[^/]/i.test(text))
    return `; write ${right}, or ${right.replace(':/', ':')} for one in the working directory`;
  const [unset] = [...text.matchAll(VARIABLE)].filter((found) => valueAmong(found.slice(1)) === undefined);
  if (unset !== undefined) return `; ${unset[0]} is not expanded here: write the path itself`;
  const kept = /[$%]\w|\$\{|:~/.test(text) ? ' (what a shell would replace is not replaced here)' : '';
  return `; write ${right}${kept}`;
}

/** What was most likely meant, such as `sqlite:/home/ann/tasks.db` for `sqlite://~/tasks.db`. */
function spellStore(text: string): string {
  const trimmed = text.trim().replace(/^(["'])(.*)\1$/, '$2');
  if (/^memory:?$/i.test(trimmed) || /^(sqlite3?:)?(\/\/)?\/?:memory:$/i.test(trimmed)) return 'memory';
  const path =
    /^sqlite3?:(.*)$/is.exec(trimmed)?.[1] ?? (/^[^:]*[./][^:]*$/s.test(trimmed) ? trimmed : undefined);
  return path === undefined ? text : `sqlite:${spellPath(path)}`;
}

function spellPath(given: string): string {
  const path = given
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2')
    .replace(/^file:(.*?)(\?.*)?$/, '$1')
    .replace(/^\/\/+/, (slashes) => (slashes.length === 2 ? '' : '/'));
  return path
    .replace(/^~(?=\/|$)/, () => homedir())
    .replaceAll(
      VARIABLE,
      (whole, ...names: unknown[]) => valueAmong(names) ?? whole.replaceAll(/[${}%]/g, ''),
    );
}

/** Of the variable whose name is among these. */
function valueAmong(names: readonly unknown[]): string | undefined {
  const name = names.find((one) => typeof one === 'string' && one !== '');
  if (name === 'HOME') return homedir();
  return typeof name === 'string' ? process.env[name] : undefined;
}
