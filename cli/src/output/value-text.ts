/** Values of tasks as text: they may be more than JSON carries, where the caller chose another serializer. */
import { inspect } from 'node:util';
import { checkValue } from '@celeriac/protocol';

/** @returns the value where JSON tells all of it, else how Node shows it, bounded */
export function jsonOrText(value: unknown): unknown {
  try {
    checkValue(value, 'value');
    return value;
  } catch {
    return inspect(value, { depth: 10, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 10_000 });
  }
}

/** One line: text as it is, JSON where that tells all of it, else how Node shows it. */
export function valueText(value: unknown): string {
  const shown = jsonOrText(value);
  return typeof shown === 'string' ? shown : JSON.stringify(shown);
}
