/** What tasks are called, and say, is anybody's text: it must not move the cursor. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?');
}

/** At most so many characters, the last of which says that some are missing. */
export function cutText(text: string, most: number): string {
  // A character is one or two units: only what is longer than that is looked at closely.
  if (text.length <= most) return text;
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, Math.max(0, most - 1)).join('')}…`;
}
