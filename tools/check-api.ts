/** Fails when a door shows something else than its report says; `--accept` writes the reports anew. Reads what is built. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeReports, namesIn } from './api-reports.ts';
import { PUBLISHED, ROOT, readDoors } from './doors.ts';

const ACCEPT = process.argv.includes('--accept');
const reports = makeReports(readDoors());
const faults = reports.flatMap((report) => [...report.faults]);
const files = new Set(reports.map(({ file }) => file));

for (const { door, file, text } of reports) {
  const path = join(ROOT, file);
  const before = readText(path);
  if (before === text) continue;
  if (ACCEPT) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    process.stdout.write(`${file}: ${namesIn(text).size} names\n`);
  } else {
    faults.push(`${door.name} is not what ${file} says:\n${difference(path, text)}`);
  }
}
for (const file of PUBLISHED.flatMap(listReports).filter((file) => !files.has(file))) {
  if (ACCEPT) rmSync(join(ROOT, file));
  else faults.push(`${file} is of no entry point`);
}

for (const fault of faults) process.stderr.write(`${fault}\n`);
if (faults.length > 0) process.stderr.write('Is a change meant? Accept it: npm run api:accept\n');
process.exitCode = faults.length === 0 ? 0 : 1;

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function listReports(folder: string): readonly string[] {
  try {
    return readdirSync(join(ROOT, folder, 'api')).map((name) => `${folder}/api/${name}`);
  } catch {
    return [];
  }
}

function difference(path: string, text: string): string {
  const { stdout } = spawnSync('git', ['diff', '--no-index', '--no-color', '-U1', '--', path, '-'], {
    input: text,
    encoding: 'utf8',
  });
  return stdout.split('\n').slice(4).join('\n');
}
