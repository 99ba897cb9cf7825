/** Names of options as people pass them: one that nobody knows is refused, with the one that was probably meant. */
import { show } from './duration.ts';
import { OptionError, UsageError } from './errors.ts';

const NONE: ReadonlySet<string> = new Set();

/**
 * @param where names the call in errors: "add.applyAsync()"
 * @param nullable names to which `null` says something; any other it takes back, as if it had not been given
 * @returns the options by name; those that are `undefined` or taken back are left out
 * @throws UsageError when it is no object, OptionError for a name that is not in `known`
 */
export function readNames(
  given: unknown,
  known: readonly string[],
  where: string,
  nullable: ReadonlySet<string> = NONE,
): ReadonlyMap<string, unknown> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new UsageError(`expected the options of ${where} to be an object, got: ${show(given)}`);
  const options = new Map<string, unknown>();
  for (const [name, value] of Object.entries(given)) {
    if (!known.includes(name)) throw unknownOption(name, known, where);
    if (value !== undefined && (value !== null || nullable.has(name))) options.set(name, value);
  }
  return options;
}

function unknownOption(name: string, known: readonly string[], where: string): OptionError {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `known are ${known.join(', ')}` : `did you mean '${nearest}'?`;
  return new OptionError(name, `${where} has no option '${name}'; ${hint}`);
}

/** @returns the name that was probably meant, if one is near enough; case and underscores do not count */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.replaceAll('_', '').toLowerCase();
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(plain(name), plain(candidate)) }))
    .sort((one, other) => one.distance - other.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= Math.max(2, Math.ceil(name.length / 3))
    ? best.candidate
    : undefined;
}

/** Levenshtein's distance. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
