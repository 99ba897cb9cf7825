// Checks the import law (.dependency-cruiser.cjs), and that the checker really looked: a parser that cannot
// read TypeScript sees no module, finds no violation and would pass.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from '@swc/core';

const here = fileURLToPath(new URL('..', import.meta.url));
const law = join(here, '.dependency-cruiser.cjs');
const cruiser = join(here, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');

const folders =
  'protocol runtime token client worker gateway cli demo-web bench chaos e2e examples tools'.split(' ');
const source = /[.](ts|tsx|mts|js|mjs)$/;

interface Problem {
  readonly rule: string;
  readonly text: string;
}

interface Report {
  readonly files: number;
  readonly seen: number;
  readonly problems: readonly Problem[];
}

interface Cruised {
  readonly modules: readonly {
    readonly source: string;
    readonly dependencies: readonly { readonly module: string }[];
  }[];
  readonly summary: {
    readonly violations: readonly {
      readonly rule: { readonly name: string };
      readonly from: string;
      readonly to: string;
      readonly cycle?: readonly { readonly name: string }[];
    }[];
  };
}

/** Every source file under the packages that git tracks or would track. */
function listSources(root: string): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard', '--', ...folders], {
    cwd: root,
    encoding: 'utf8',
  });
  return [...new Set(listed.split('\0'))].filter((path) => source.test(path) && existsSync(join(root, path)));
}

function cruise(root: string, config: string): Cruised {
  const present = folders.filter((folder) => existsSync(join(root, folder)));
  const run = spawnSync(
    process.execPath,
    [cruiser, '--config', config, '--output-type', 'json', ...present],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
      timeout: 120_000,
    },
  );
  if (!run.stdout?.startsWith('{')) {
    throw new Error(`dependency-cruiser gave no report: ${run.error?.message ?? ''}\n${run.stderr}`);
  }
  return JSON.parse(run.stdout) as Cruised;
}

/** The text of the module that this node of a syntax tree names, if it is one that names a module. */
function moduleNamedBy(node: Record<string, unknown>): unknown {
  const textOf = (literal: unknown) => (literal as { value?: unknown } | undefined)?.value;
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return textOf(node.source);
    case 'TsImportType':
      return textOf(node.argument);
    case 'CallExpression': {
      const { callee, arguments: [first] = [] } = node as {
        callee?: { type?: string };
        arguments?: { expression: unknown }[];
      };
      return callee?.type === 'Import' ? textOf(first?.expression) : undefined;
    }
    default:
      return undefined;
  }
}

/** The modules that a file names anywhere in its syntax, also inside its types. */
function modulesNamedIn(code: string, tsx: boolean): Set<string> {
  const named = new Set<string>();
  const open: unknown[] = [parseSync(code, { syntax: 'typescript', tsx })];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === null || typeof node !== 'object') continue;
    const module = moduleNamedBy(node as Record<string, unknown>);
    if (typeof module === 'string') named.add(module);
    open.push(...Object.values(node));
  }
  return named;
}

/** Imports that the law did not reach; above all types imported in place, which the cruiser passes over. */
function unseenImports(root: string, file: string, seen: ReadonlySet<string>): Problem[] {
  const named = modulesNamedIn(readFileSync(join(root, file), 'utf8'), file.endsWith('x'));
  return [...named]
    .filter((module) => !seen.has(module) && !seen.has(module.replace(/^node:/, '')))
    .map((module) => ({
      rule: 'every-import-is-seen',
      text: `${file} → ${module} (a type imported in place? write \`import type\`)`,
    }));
}

export function checkImports(root: string, config: string = law): Report {
  const files = listSources(root);
  const { modules, summary } = cruise(root, config);
  const cruised = new Map(modules.map((module) => [module.source, module.dependencies]));
  const unseen = files.filter((file) => !cruised.has(file));

  const problems: Problem[] = summary.violations.map(({ rule, from, to, cycle }) => ({
    rule: rule.name,
    text: [from, ...(cycle ? cycle.map((step) => step.name) : [to])].join(' → '),
  }));
  if (files.length === 0 || unseen.length > 0) {
    problems.push({
      rule: 'every-file-is-seen',
      text: `${files.length - unseen.length} modules seen, ${files.length} source files exist; not seen: ${unseen.slice(0, 5).join(', ')}`,
    });
  }
  for (const file of files) {
    const dependencies = cruised.get(file);
    if (dependencies)
      problems.push(...unseenImports(root, file, new Set(dependencies.map(({ module }) => module))));
  }
  return { files: files.length, seen: files.length - unseen.length, problems };
}

if (import.meta.main) {
  const { files, seen, problems } = checkImports(here);
  for (const { rule, text } of problems) process.stderr.write(`${rule}: ${text}\n`);
  process.stdout.write(`${seen} of ${files} source files checked, ${problems.length} problems\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
