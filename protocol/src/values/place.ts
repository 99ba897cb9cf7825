/** Where in a value something stands, in errors: `items[3].when`, `["a b"]`, `.get("key")`. */

export function stepTo(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/** @param steps from the outermost inwards */
export function placeOf(steps: readonly string[]): string {
  const place = steps.join('').replace(/^\./, '');
  return place === '' ? 'the value' : place;
}

/** "a Date", "an Error"; of an object without a class "an object". */
export function kindOf(value: object): string {
  const name = value.constructor?.name || (value instanceof Error ? 'Error' : 'object');
  return `${/^[AEIOaeio]/.test(name) ? 'an' : 'a'} ${name}`;
}
