/** What each door shows, as api-extractor writes it down from the declarations that are built. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { type Door, ROOT } from './doors.ts';

export interface Report {
  readonly door: Door;
  /** Where it is kept, from the root. */
  readonly file: string;
  readonly text: string;
  /** What it mentions although no public door shows it, a line each. */
  readonly faults: readonly string[];
}

export function makeReports(doors: readonly Door[]): readonly Report[] {
  const folder = mkdtempSync(join(tmpdir(), 'api-reports-'));
  try {
    const configs = doors.map((door) => configOf(door, folder));
    const [first] = configs;
    if (first === undefined) return [];
    // Read once, for all of them.
    const compilerState = CompilerState.create(first, {
      additionalEntryPoints: configs.map((config) => config.mainEntryPointFilePath),
    });
    const reports = doors.map((door, index) => {
      const config = configs[index] ?? first;
      mkdirSync(config.reportFolder, { recursive: true });
      Extractor.invoke(config, { compilerState, localBuild: true, messageCallback: stayQuiet });
      const [report] = config.reportConfigs;
      const text = readFileSync(join(config.reportFolder, report?.fileName ?? ''), 'utf8');
      return { door, file: `${door.folder}/api/${door.short}.api.md`, text };
    });
    const shown = new Set(reports.flatMap(({ door, text }) => (door.isPublic ? [...namesIn(text)] : [])));
    return reports.map((report) => {
      const text = pruned(report.text, report.door.isPublic ? shown : new Set());
      return { ...report, text, faults: faultsOf({ ...report, text }, shown) };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function stayQuiet(message: { logLevel: unknown; handled: boolean; readonly category: string }): void {
  // Of the extractor's own words, all but what the reports tell is known.
  if (message.category !== 'Compiler') message.handled = true;
}

function configOf({ folder, short, declarations, isPublic }: Door, reports: string): ExtractorConfig {
  const own = join(reports, `${folder}-${short}`);
  const silent = { default: { logLevel: ExtractorLogLevel.None } };
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(ROOT, folder, 'package.json'),
    configObject: {
      projectFolder: join(ROOT, folder),
      mainEntryPointFilePath: join(ROOT, declarations),
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: 'ES2023',
            lib: ['ES2023', 'ESNext.Disposable', 'DOM', 'DOM.Iterable'],
            module: 'NodeNext',
            moduleResolution: 'NodeNext',
            strict: true,
            skipLibCheck: true,
            types: ['node'],
          },
          files: [join(ROOT, declarations)],
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: short,
        // Types that are computed from a user's own, or from readers, are shown, though not exported.
        includeForgottenExports: isPublic,
        // What is marked as internal is no part of what users are shown.
        reportVariants: [isPublic ? 'public' : 'complete'],
        reportFolder: own,
        reportTempFolder: join(own, 'temp'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Warning } },
        extractorMessageReporting: {
          ...silent,
          'ae-forgotten-export': { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: false },
        },
        tsdocMessageReporting: silent,
      },
    },
  });
}

const IMPORT = /^import (?:type )?\{ (\w+)(?: as (\w+))? \} from '([^']+)';(?:\n|$)/gm;
const EXPORTED =
  /^export (?:abstract )?(?:class|const|enum|function|interface|let|type) (\w+)|^export \{ (?:\w+ as )?(\w+) \}/gm;
const DECLARED = /^(?:abstract )?(?:class|const|enum|function|interface|let|type) (\w+)/m;
const WARNING = /^\s*\/\/ (?:Warning: |\S+ - )\(ae-.*\n/gm;

/** The names that a door shows. */
export function namesIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(EXPORTED)].map(([, declared, passedOn]) => declared ?? passedOn ?? ''));
}

/**
 * A report of what is seen from outside: the extractor also lists what is reached only through members that are internal.
 * @param shown what users can import, from this door or another
 */
export function pruned(text: string, shown: ReadonlySet<string>): string {
  const [head = '', ...blocks] = text.replaceAll(WARNING, '').split(/\n{2,}(?!```)/);
  const seen = new Set(blocks.filter((block) => isExported(block) || !DECLARED.test(block)));
  for (const block of seen) {
    const words = wordsOf(block);
    for (const other of blocks) {
      const name = nameOf(other);
      if (words.has(name) && !shown.has(plain(name))) seen.add(other);
    }
  }
  const body = blocks.filter((block) => seen.has(block));
  const words = wordsOf(body.join('\n'));
  const imports = (block: string): string =>
    block.replaceAll(IMPORT, (line, name: string, alias: string = name) => (words.has(alias) ? line : ''));
  return [head, ...body].map(imports).join('\n\n');
}

/** What a public door mentions although no public door shows it, a line each. */
export function faultsOf(
  { door, text }: Pick<Report, 'door' | 'text'>,
  shown: ReadonlySet<string>,
): readonly string[] {
  if (!door.isPublic) return [];
  const words = wordsOf(text.replaceAll(IMPORT, '').replaceAll(SYMBOL_NAME, ''));
  const imported = [...text.matchAll(IMPORT)].flatMap(([, name = '', alias = name, from = '']) =>
    from.startsWith('@celeriac/') && words.has(alias) ? [name] : [],
  );
  const blocks = text.split(/\n{2,}/);
  const exported = wordsOf(blocks.filter(isExported).join('\n'));
  const declared = blocks
    .filter((block) => !isComputed(block))
    .map(nameOf)
    .filter((name) => exported.has(name));
  return [...imported, ...declared]
    .filter((name) => name !== '' && !shown.has(plain(name)))
    .map((name) => `${door.name} mentions ${plain(name)}, which no public entry point shows`);
}

/** In the place of a member's name a symbol is read, not written. */
const SYMBOL_NAME = /^\s*(?:get |readonly )?\[\w+\]/gm;

/** A type of the user's own types, or the value that a type is taken of: it is shown, and nobody could import more by its name. */
function isComputed(block: string): boolean {
  return /^(?:type|interface) \w+</m.test(block) || /^(?:const|function) /m.test(block);
}

function isExported(block: string): boolean {
  return /^export /m.test(block);
}

function nameOf(block: string): string {
  return DECLARED.exec(block)?.[1] ?? '';
}

/** The extractor numbers names that it meets twice. */
function plain(name: string): string {
  return name.replace(/_\d+$/, '');
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.replaceAll(/^\s*\/\/.*$|^import .*$/gm, '').match(/\w+/g));
}
