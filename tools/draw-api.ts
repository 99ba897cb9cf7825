// Writes docs/api.md from the JSDoc of what each package shows; api-page.test.ts says when it is out of date.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { drawApi } from './api-page.ts';
import { readShown } from './api-reader.ts';

const path = fileURLToPath(new URL('../docs/api.md', import.meta.url));
writeFileSync(path, drawApi(readShown()));
process.stdout.write(`written to ${path}\n`);
