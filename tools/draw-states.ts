// Writes docs/states.md from the table of transitions; states-page.test.ts says when it is out of date.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { drawStates } from './states-page.ts';

const path = fileURLToPath(new URL('../docs/states.md', import.meta.url));
writeFileSync(path, drawStates());
process.stdout.write(`written to ${path}\n`);
