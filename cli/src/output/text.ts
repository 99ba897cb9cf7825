/** One line of what tasks are called, and say, which is anybody's text: it must not move the cursor, nor turn what follows around. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
}

/**
 * Text for a terminal, of one line or several: control characters, and those that change the direction of what follows or
 * cannot be seen, as JSON writes them (`\u001b`). What is JSON already stays the same JSON.
 */
export function shownText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    character === '\n' || character === '\t' ? character : escaped(character),
  );
}

function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`,
  ).join('');
}

/** At most so many characters, the last of which says that some are missing. */
export function cutText(text: string, most: number): string {
  // A character is one or two units: only what is longer than that is looked at closely.
  if (text.length <= most) return text;
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, Math.max(0, most - 1)).join('')}…`;
}
