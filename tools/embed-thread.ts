// Part of the build: writes what the gateway's storage thread runs into its package as a text as well, so that a bundle of the
// gateway needs no file beside it.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const folder = fileURLToPath(new URL('../gateway/dist/engine/sqlite/', import.meta.url));

const built = await build({
  configFile: false,
  logLevel: 'error',
  build: {
    ssr: `${folder}thread.js`,
    write: false,
    target: 'es2023',
    // A text is run as a CommonJS script.
    rollupOptions: { output: { format: 'cjs' } },
  },
  ssr: { noExternal: true },
});
const [chunk, ...others] = [built].flat().flatMap((result) => ('output' in result ? result.output : []));
if (chunk?.type !== 'chunk' || others.length > 0) throw new Error('expected the thread to be one chunk');
const foreign = chunk.imports.filter((name) => !name.startsWith('node:'));
if (foreign.length > 0)
  throw new Error(`expected the thread to import Node's modules alone, got: ${foreign}`);
writeFileSync(`${folder}thread-source.js`, `export const THREAD_SOURCE = ${JSON.stringify(chunk.code)};\n`);
