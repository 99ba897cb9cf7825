/** What the surroundings tell: the one file that asks whether this is Node or a browser. */
interface Surroundings {
  readonly process?: {
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly getBuiltinModule?: (name: string) => unknown;
  };
  readonly location?: { readonly origin?: string };
  readonly document?: { readonly visibilityState?: string };
  readonly addEventListener?: (event: string, listener: () => void) => void;
  readonly removeEventListener?: (event: string, listener: () => void) => void;
  readonly reportError?: (error: unknown) => void;
  readonly console?: Readonly<Record<'info' | 'warn' | 'error', (...words: readonly unknown[]) => void>>;
}

const LOCAL_GATEWAY = 'http://127.0.0.1:7600';

const surroundings: Surroundings = globalThis as Surroundings;

/** In Node `CELERIAC_URL`, else this machine's gateway; in a browser the page's origin. */
export function defaultUrl(): string {
  const named = surroundings.process?.env?.['CELERIAC_URL'];
  if (named !== undefined && named !== '') return named;
  const origin = surroundings.location?.origin;
  return origin?.startsWith('http') ? origin : LOCAL_GATEWAY;
}

const RETURNS = ['online', 'pageshow', 'visibilitychange'];

/** Tells when a browser is back: online again, or its page in sight again after it slept. @returns a function that stops it */
export function onReturn(listener: () => void): () => void {
  const { addEventListener, removeEventListener } = surroundings;
  const returned = (): void => {
    if (surroundings.document?.visibilityState !== 'hidden') listener();
  };
  for (const event of RETURNS) addEventListener?.call(globalThis, event, returned);
  return () => {
    for (const event of RETURNS) removeEventListener?.call(globalThis, event, returned);
  };
}

/** An address as it was given; in a page a path is one of the page's origin. */
export function absoluteUrl(url: string): string {
  const origin = surroundings.location?.origin;
  const inPage = url.startsWith('/') && origin?.startsWith('http') && URL.canParse(url, origin);
  return inPage ? new URL(url, origin).href : url;
}

/** A module that comes with Node; `undefined` in a page, and in a bundle that brings a `process` of its own. */
export function builtinModule(name: string): unknown {
  return surroundings.process?.getBuiltinModule?.(name);
}

/** A line of this process's console. */
export function writeToConsole(level: 'info' | 'warn' | 'error', ...words: readonly unknown[]): void {
  surroundings.console?.[level](...words);
}

/** Logs an error that has no caller to go to. A page's own handlers of errors hear of it as well; a process never ends of it. */
export function complain(text: string, error: unknown): void {
  const { document, reportError, console } = surroundings;
  if (document !== undefined && reportError !== undefined) reportError.call(globalThis, error);
  else console?.error(text, error);
}
