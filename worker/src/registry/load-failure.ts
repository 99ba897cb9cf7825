/** Why a task file could not be loaded, and what to do about it, in words. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describeFailure, isError } from '@celeriac/protocol/internal';

export interface LoadFailure {
  /** The error and its place: a file and a line. */
  readonly text: string;
  readonly remedy: string | undefined;
}

const TSX =
  'Node only removes the types from TypeScript; for any other syntax, npm install tsx and add --import tsx';
const OLD_KIND = 'set "type": "module" in its package.json: npm pkg set type=module';
const TYPE_ONLY = 'if that is only a type, use import type';
const NO_DEFAULT = 'it has no default export: import what it exports by name, in braces';
const WITH_JSON = "with { type: 'json' }";
const CIRCLE =
  'files import each other in a circle: put what both need, such as the app, into a file that imports neither';

/** @param file path of the file that was to be loaded: what went wrong may stand in one that it imports */
export function explainLoadFailure(thrown: unknown, file: string): LoadFailure {
  try {
    if (isError(thrown)) return explain(thrown, file);
  } catch {
    // Its getters fail.
  }
  const { name, message } = describeFailure(thrown);
  return { text: `${name}: ${message}`, remedy: undefined };
}

function explain(error: Error, file: string): LoadFailure {
  const missing = missingOf(error);
  const place =
    (missing === undefined ? undefined : importOf(missing)) ??
    placeOf(error.stack ?? '') ??
    findIn(file, error);
  // The message ends with who imported it, which the place says better.
  const message = place === undefined ? error.message : error.message.replace(/ imported from \S+$/, '');
  const text = `${error.name}: ${message}${place === undefined ? '' : ` (at ${place})`}`;
  return { text, remedy: remedyOf(error, missing, place) };
}

function remedyOf(error: Error, missing: Missing | undefined, place: string | undefined): string | undefined {
  const code = codeOf(error);
  if (UNREADABLE.has(code)) return TSX;
  if (UNTYPED.has(code)) return `add ${WITH_JSON} to that import`;
  if (missing !== undefined) return isOfTypeScript(missing) ? TSX : undefined;
  if (error instanceof ReferenceError) return isOfCircle(error, place) ? CIRCLE : undefined;
  if (!(error instanceof SyntaxError)) return undefined;
  if (/outside a module|token 'export'/.test(error.message)) return OLD_KIND;
  if (ASSERT.test(error.message)) return `use ${WITH_JSON} instead of assert`;
  const typescript = /\.[cm]?tsx?:\d+/.test(place ?? '');
  if (/export named 'default'/.test(error.message))
    return typescript ? `${NO_DEFAULT}; ${TYPE_ONLY}` : NO_DEFAULT;
  if (!typescript) return undefined;
  if (/does not provide an export named/.test(error.message)) return `${TYPE_ONLY}; or: ${TSX}`;
  return decoratorIn(place) ? TSX : undefined;
}

/** A bundle of CommonJS has none. */
const HERE: string | undefined = import.meta.url;
/** The folder that our packages stand in, where they are files of their own. */
const WORKSPACE = HERE === undefined ? undefined : new URL('../../../', HERE).href;
const IMPORT = /(?:from|import|require)\s*\(?\s*['"]([^'"]+)['"]/g;
/** Files in which a decorator is looked for. */
const FILES_READ = 200;

/** What Node says of TypeScript that is more than types, and of files that it does not read at all. */
const UNREADABLE: ReadonlySet<string> = new Set([
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
  'ERR_UNKNOWN_FILE_EXTENSION',
]);

/** What Node says of a file that is imported without saying that it is JSON, now and in its version 20. */
const UNTYPED: ReadonlySet<string> = new Set([
  'ERR_IMPORT_ATTRIBUTE_MISSING',
  'ERR_IMPORT_ASSERTION_TYPE_MISSING',
]);
const ASSERT = /^Unexpected identifier 'assert'/;

/** An import that was not found. */
interface Missing {
  readonly importer: string;
  /** The path that it came to, or the name of a package. */
  readonly target: string;
}

function missingOf(error: Error): Missing | undefined {
  const code = codeOf(error);
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'ERR_UNSUPPORTED_DIR_IMPORT' && code !== 'MODULE_NOT_FOUND')
    return undefined;
  const [, target] =
    /^(?:Cannot find (?:module|package)|Directory import) '([^']+)'/.exec(error.message) ?? [];
  const [, imported] = / imported from (.+?)(?:\n|$)/.exec(error.message) ?? [];
  const [, required] = /Require stack:\n- (.+)/.exec(error.message) ?? [];
  const importer = imported ?? required;
  return target === undefined || importer === undefined ? undefined : { target, importer: pathOf(importer) };
}

/** The line of the import: Node names only the file. */
function importOf({ importer, target }: Missing): string | undefined {
  const lines = readText(importer)?.split('\n');
  if (lines === undefined) return undefined;
  const line = lines.findIndex((text) =>
    importsOf(text).some((specifier) => names(specifier, target, importer)),
  );
  const shown = relative('', importer) || importer;
  return line === -1 ? shown : `${shown}:${line + 1}`;
}

function importsOf(line: string): readonly string[] {
  return [...line.matchAll(IMPORT)].map(([, specifier = '']) => specifier);
}

function names(specifier: string, target: string, importer: string): boolean {
  if (specifier === target) return true;
  if (/^\.{1,2}(?:\/|$)/.test(specifier)) return resolve(dirname(importer), specifier) === pathOf(target);
  // Of a package only the name is told.
  return !isAbsolute(specifier) && specifier.startsWith(`${target}/`);
}

/** Whether TypeScript would find it: without its ending, by that of what it compiles to, as a folder, or by an alias. */
function isOfTypeScript({ target, importer }: Missing): boolean {
  const path = pathOf(target);
  if (!isAbsolute(path)) return isAlias(target, importer);
  const bare = path.replace(/\.([cm]?)jsx?$/, '');
  const endings = ['.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.cjs', '.jsx', '.json'];
  return [bare, path, join(path, 'index')].some((stem) =>
    endings.some((ending) => existsSync(stem + ending)),
  );
}

/** As in `"paths"` of the nearest tsconfig.json. Its text is enough: it may have comments, and extend others. */
function isAlias(name: string, importer: string): boolean {
  if (/^[@~]\//.test(name) || name === '@' || name === '~') return true;
  for (let folder = dirname(importer); ; folder = dirname(folder)) {
    const config = readText(join(folder, 'tsconfig.json'));
    if (config !== undefined)
      return [...config.matchAll(/"([^"*\s]+?)(?:\/?\*)?"\s*:\s*\[/g)].some(
        ([, alias = '']) => name === alias || name.startsWith(`${alias}/`) || alias.startsWith(`${name}/`),
      );
    if (folder === dirname(folder)) return false;
  }
}

const DECORATOR = /(?:^|[\s({,])@[A-Za-z_$][\w$]*/;

function decoratorIn(place = ''): boolean {
  const [, file = '', line = ''] = /^(.+?):(\d+)/.exec(place) ?? [];
  return DECORATOR.test(readCode(resolve(file))?.[Number(line) - 1] ?? '');
}

/**
 * Finds the line of an error for which Node names none, in a file or in those that it imports by path: a decorator, which is left
 * when types are stripped, or an import of JSON without its type.
 */
function findIn(file: string, error: Error): string | undefined {
  const wanted = lookFor(error);
  const files = new Set(wanted === undefined ? [] : [file]);
  for (const path of files) {
    const code = readCode(path) ?? [];
    const line = code.findIndex((text) => wanted?.(text, path));
    if (line !== -1) return `${relative('', path)}:${line + 1}`;
    for (const [, specifier = ''] of code.join('\n').matchAll(IMPORT))
      if (specifier.startsWith('.') && files.size < FILES_READ) files.add(resolve(dirname(path), specifier));
  }
  return undefined;
}

/** @returns what tells the line that an error is about */
function lookFor(error: Error): ((line: string, path: string) => boolean) | undefined {
  if (UNTYPED.has(codeOf(error))) {
    const [, target = ''] = /"(file:[^"]+)"/.exec(error.message) ?? [];
    return (line, path) => importsOf(line).some((specifier) => names(specifier, target, path));
  }
  if (!(error instanceof SyntaxError)) return undefined;
  if (ASSERT.test(error.message)) return (line) => /\bassert\s*\{/.test(line);
  return /unexpected token/i.test(error.message) ? (line) => DECORATOR.test(line) : undefined;
}

/** Whether the name that is used too early is an import, and no variable declared further down. */
function isOfCircle({ message }: Error, place = ''): boolean {
  const [, name = ''] = /^Cannot access '([\w$]+)' before initialization/.exec(message) ?? [];
  const [, path = ''] = /^(.+?):\d+/.exec(place) ?? [];
  if (name === '' || path === '') return false;
  const imports =
    readCode(resolve(path))
      ?.join('\n')
      .match(/\bimport\s[^;'"]+?\sfrom\b/g) ?? [];
  return imports.some((text) => text.split(/[^\w$]+/).includes(name));
}

/** Its lines, without most comments. */
function readCode(path: string): readonly string[] | undefined {
  return readText(path)
    ?.replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ' '))
    .split('\n')
    .map((line) => line.replace(/(^|\s)\/\/.*$/, '$1'));
}

/** The first place in a file: of what cannot be parsed the line above all frames, else a frame's. */
function placeOf(stack: string): string | undefined {
  const [, above, line] = /^(\S.*?)(:\d+)\n/.exec(stack) ?? [];
  if (above !== undefined && (isAbsolute(above) || above.startsWith('file:')))
    return `${relative('', pathOf(above))}${line}`;
  const frames = [...stack.matchAll(/(file:\/\/[^\s)]+?)(:\d+(?::\d+)?)/g)];
  const [, url, place] = frames.find(([, frame = '']) => !isOurs(frame)) ?? frames[0] ?? [];
  return url === undefined ? undefined : `${relative('', fileURLToPath(url))}${place}`;
}

/** The caller's place is meant, not the place of our throw. */
function isOurs(url: string): boolean {
  return (
    WORKSPACE !== undefined &&
    url.startsWith(WORKSPACE) &&
    /^(?:protocol|runtime|client|worker|gateway)\/(?:dist|src)\//.test(url.slice(WORKSPACE.length))
  );
}

function pathOf(pathOrUrl: string): string {
  if (!pathOrUrl.startsWith('file:')) return pathOrUrl;
  return URL.canParse(pathOrUrl) ? fileURLToPath(pathOrUrl) : fileURLToPath(pathToFileURL(pathOrUrl));
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
