/** What differs between two calls with one id, for the caller of the second. */
import type { CallOptions } from './definition.ts';
import type { WirePayload } from './payload.ts';

export interface CallContent {
  readonly name: string;
  /** Empty once they are not kept any more. */
  readonly args: WirePayload;
  readonly options: CallOptions | null;
}

/**
 * In the caller's words: `name (sub)`, `arguments`, `countdown`, …
 * @param taken the call that has the id
 */
export function differencesOf(taken: CallContent, call: CallContent): readonly string[] {
  const differences: string[] = [];
  if (taken.name !== call.name) differences.push(`name (${taken.name})`);
  if (taken.args !== '' && text(taken.args) !== text(call.args)) differences.push('arguments');
  const [theirs, ours] = [new Map(fieldsOf(taken)), new Map(fieldsOf(call))];
  for (const option of new Set([...theirs.keys(), ...ours.keys()]))
    if (text(theirs.get(option)) !== text(ours.get(option))) differences.push(spoken(option));
  if (differences.length === 0 && taken.args === '') differences.push('arguments, which are no longer kept');
  return [...new Set(differences)];
}

/** @param differences as {@link differencesOf} gives them; none where nobody is to know */
export function conflictText(id: string, differences: readonly string[] = []): string {
  const difference = differences.length === 0 ? '' : `, which differs in: ${differences.join(', ')}`;
  return `task id ${id} is already used by another call${difference}`;
}

function fieldsOf({ options }: CallContent): readonly (readonly [string, unknown])[] {
  return Object.entries(options ?? {});
}

/** As the caller spelled it: `countdownMs` was `countdown`. */
function spoken(option: string): string {
  return option.replace(/(Ms|At)$/, '');
}

function text(value: unknown): string {
  return JSON.stringify(value) ?? '';
}
