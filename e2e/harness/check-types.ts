import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const NODE_TYPES = fileURLToPath(new URL('../../node_modules/@types', import.meta.url));

/** What the compiler says of the programs in a folder, for a project as strict as can be: nothing, where all is well. */
export function checkTypes(folder: string): string {
  const compilerOptions = {
    strict: true,
    target: 'ES2023',
    module: 'NodeNext',
    rewriteRelativeImportExtensions: true,
    noUncheckedIndexedAccess: true,
    erasableSyntaxOnly: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [NODE_TYPES],
  };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, exclude: ['node_modules'] }),
  );
  const { stdout, stderr } = spawnSync(process.execPath, [TSC, '-p', folder], { encoding: 'utf8' });
  return stdout + stderr;
}
