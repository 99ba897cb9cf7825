// What may be in a package that users install, judged from the list of its files.

/** Files at the root of a package that belong there. */
const AT_ROOT = ['LICENSE', 'README.md', 'package.json'];
const FOLDERS = /^(bin|dist|src)\//;
const TESTS = /[.](test|test-d|spec)[.]|(^|\/)(tests?|conformance|fixtures|__snapshots__)\//;
const LEFTOVERS = /[.](tsbuildinfo|tgz|log|db|db-shm|db-wal|env)$/;

/** @returns what is wrong, a line each */
export function faultsOfFiles(paths: readonly string[]): readonly string[] {
  const all = new Set(paths);
  const stray = (path: string): boolean =>
    TESTS.test(path) || LEFTOVERS.test(path) || !(AT_ROOT.includes(path) || FOLDERS.test(path));
  return [
    ...AT_ROOT.filter((path) => !all.has(path)).map((path) => `${path} is missing`),
    ...(paths.some((path) => path.startsWith('dist/')) ? [] : ['nothing is built: npm run build:packages']),
    ...paths.filter(stray).map((path) => `${path} is nothing for users`),
    // Left over from an older build; and what a debugger is led to has to be there.
    ...paths
      .filter((path) => isBuilt(path) && !all.has(sourceOf(path)))
      .map((path) => `${path} has no source`),
  ];
}

function isBuilt(path: string): boolean {
  return path.startsWith('dist/') && !LEFTOVERS.test(path);
}

function sourceOf(path: string): string {
  return path.replace(/^dist\//, 'src/').replace(/([.]d[.]ts|[.]js)([.]map)?$/, '.ts');
}

interface Manifest {
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly license?: string;
}

export interface Written {
  readonly manifest: Manifest & { readonly name: string };
  readonly readme: string;
  /** The license of the package, and of all of it. */
  readonly licenses: readonly [own: string, root: string];
}

/** @returns what is wrong, a line each */
export function faultsOfWords({ manifest, readme, licenses: [own, root] }: Written): readonly string[] {
  const { name, description = '', keywords = [], license } = manifest;
  return [
    ...(description === '' ? ['package.json has no description'] : []),
    ...(keywords.includes('celeriac') ? [] : ['the keywords do not have celeriac']),
    ...(license === 'MIT' && own === root ? [] : ['LICENSE is not that of the root']),
    ...(readme.startsWith(`# ${name}\n`) ? [] : [`README.md does not begin with its name, # ${name}`]),
    ...(readme.includes('npm install') ? [] : ['README.md does not say how to install it']),
    ...(/^```ts\n\/\/ \S+[.]ts/m.test(readme) ? [] : ['README.md has no example that names its file']),
    ...(readme.includes('](../docs/') ? [] : ['README.md leads to no page of the docs']),
  ];
}
