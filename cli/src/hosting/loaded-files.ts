import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * Tells of each file of the project that is loaded from here on, by its path: also of one that an import names and that is not
 * there. What is installed is left out.
 */
export function tellLoadedFiles(tell: (path: string) => void): void {
  const told = new Set<string>();
  const note = (url: string): void => {
    const path = url.startsWith('file:') ? fileURLToPath(new URL(url)) : undefined;
    if (path === undefined || told.has(path) || /[\\/]node_modules[\\/]/.test(path)) return;
    told.add(path);
    tell(path);
  };
  registerHooks({
    resolve(specifier, context, next) {
      try {
        const found = next(specifier, context);
        note(found.url);
        return found;
      } catch (error) {
        if (/^(?:\.{1,2}\/|file:)/.test(specifier) && URL.canParse(specifier, context.parentURL))
          note(new URL(specifier, context.parentURL).href);
        throw error;
      }
    },
    load(url, context, next) {
      note(url);
      return next(url, context);
    },
  });
}
