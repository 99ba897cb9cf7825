/** An argument of `call`: JSON where it parses as JSON, else the text itself. */
export function readTaskArgument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
