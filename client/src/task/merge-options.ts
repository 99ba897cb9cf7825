/** A signature's options, and those that are said later. */
import { checkNames } from '@celeriac/protocol/internal';
import { checkExcluding, NAMES, NULLABLE } from './apply-options.ts';

/** Those of which a call has one; a signature's own gives way to one that is said later. */
const EXCLUDING: readonly (readonly [name: string, excludes: (value: unknown) => boolean, other: string])[] =
  [
    ['countdown', () => true, 'eta'],
    ['eta', () => true, 'countdown'],
    ['retry', (value) => value === false, 'retryPolicy'],
    ['retryPolicy', () => true, 'retry'],
  ];

/**
 * A signature's options and those that are said later: the later ones win, also over what they exclude; `null` takes one
 * back, and links add up.
 * @throws UsageError, OptionError for what is no option
 */
export function mergeOptions(
  own: Readonly<Record<string, unknown>>,
  more: object,
  where: string,
): Readonly<Record<string, unknown>> {
  checkNames(more, NAMES, where);
  const later = Object.entries(more).filter(([, value]) => value !== undefined);
  const merged = new Map(Object.entries(own));
  for (const [name, value] of later) {
    for (const [one, excludes, other] of EXCLUDING)
      if (one === name && value !== null && excludes(value)) merged.delete(other);
  }
  for (const [name, value] of later) {
    const before = merged.get(name);
    if (value === null && !NULLABLE.has(name)) merged.delete(name);
    else if ((name === 'link' || name === 'linkError') && before !== undefined)
      merged.set(name, [before, value].flat());
    else merged.set(name, value);
  }
  checkExcluding(merged.get('countdown'), merged.get('eta'), where);
  return Object.fromEntries(merged);
}
