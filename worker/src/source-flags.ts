const here: string | undefined = import.meta.url;

/** Whether this runs from the sources, as our own tests do, and not from what is built. */
const isSource = here?.endsWith('.ts') ?? false;

const SOURCE_CONDITION = '--conditions=celeriac-source';

/** What a child must be told in order to find the sources of the other packages, as its worker has. */
export function sourceFlags(): readonly string[] {
  return isSource && !process.execArgv.includes(SOURCE_CONDITION) ? [SOURCE_CONDITION] : [];
}
