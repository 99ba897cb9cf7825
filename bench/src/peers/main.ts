// `npm run bench:peers`: Celeriac beside a bare skeleton of its shape and beside other task queues, in turn, as tables in Markdown.
// See docs/performance.md.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { install, installPackages } from './install.ts';
import { celeriac, everySubject, type Subject, versions } from './subjects.ts';
import { ratios, SPEED, table, WEIGHT } from './table.ts';
import { type Figures, measureWorkload, WORKLOADS, type Workload } from './workloads.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    subjects: { type: 'string' },
    beside: { type: 'string', multiple: true, default: [] },
    passes: { type: 'string', default: '3' },
    all: { type: 'boolean', default: false },
    install: { type: 'boolean', default: false },
  },
});

const DEFAULT: readonly Workload[] = ['w1', 'w2', 'w3'];
/** Those that take minutes are measured once. */
const ONCE: readonly Workload[] = ['w4', 'w5', 'w6', 'w7'];

function chosenWorkloads(): readonly Workload[] {
  if (values.only === undefined) return values.all ? WORKLOADS : DEFAULT;
  const named = values.only.split(',');
  const unknown = named.filter((name) => !WORKLOADS.some((one) => one === name));
  if (unknown.length > 0)
    throw new Error(
      `--only takes ${WORKLOADS.join(', ')} with commas between, and got '${unknown.join(', ')}'`,
    );
  return WORKLOADS.filter((one) => named.includes(one));
}

/** A subject is named by its key, or by the beginning of it. */
function chosenSubjects(): readonly Subject[] {
  const all = [
    ...everySubject(),
    ...values.beside.flatMap((path, index) =>
      (['memory', 'sqlite'] as const).map((store) =>
        celeriac(`celeriac-${store}-beside-${index}`, `${path}, ${store}`, resolve(path), store),
      ),
    ),
  ];
  if (values.subjects === undefined) return all;
  const named = values.subjects.split(',');
  const unknown = named.filter((name) => !all.some(({ key }) => key.startsWith(name)));
  if (unknown.length > 0)
    throw new Error(
      `--subjects takes ${all.map(({ key }) => key).join(', ')} or the beginning of one, with commas between, and got '${unknown.join(', ')}'`,
    );
  return all.filter(({ key }) => named.some((name) => key.startsWith(name)));
}

const passes = Number(values.passes);
if (!Number.isInteger(passes) || passes < 1)
  throw new Error(`--passes takes a whole number from 1, and got '${values.passes}'`);
if (values.install) install();
installPackages(values.subjects);
const workloads = chosenWorkloads();
const subjects = chosenSubjects();
const present = subjects.filter(({ lacks }) => lacks === undefined);
const left: string[] = subjects
  .filter(({ lacks }) => lacks !== undefined)
  .map(({ name, lacks }) => `${name} was left out: ${lacks}`);

const found = new Map<string, Figures[]>(present.map(({ key }) => [key, []]));
for (let pass = 0; pass < passes; pass++)
  for (const workload of workloads) {
    if (pass > 0 && ONCE.includes(workload)) continue;
    for (const subject of present) {
      const begun = performance.now();
      const figures = await measureWorkload(workload, subject).catch((error: unknown): Figures => {
        left.push(`${subject.name}, ${workload}, pass ${pass + 1} failed: ${error}`);
        return {};
      });
      const all = found.get(subject.key) ?? [];
      all[pass] = { ...all[pass], ...figures };
      const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
      process.stderr.write(`pass ${pass + 1} of ${passes}, ${workload}, ${subject.key}: ${seconds} s\n`);
    }
  }

const measured = present.map(({ key, name }) => ({ key, name, passes: found.get(key) ?? [] }));
const isOurs = ({ key }: { readonly key: string }): boolean => key.startsWith('celeriac');
const others = measured.filter((one) => !isOurs(one));
const beside = measured.filter(({ key }) => key.includes('-beside-'));
const own = measured.filter((one) => isOurs(one) && !beside.includes(one));
const used = Object.entries(versions()).map(([name, version]) => `${name} ${version}`);
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}`;

const tables = [table(measured, SPEED), ratios(own, [...others, ...beside]), table(measured, WEIGHT)].filter(
  (text) => text !== '',
);
console.log(`\n${tables.join('\n\n')}\n`);
console.log(
  `${passes} ${passes === 1 ? 'pass' : 'passes'}, in turn, medians. ${machine}. ${used.join(', ')}. ` +
    `A burst is of 20,000 after 2,000, hot after five; 2,000 calls in a row after 500.\n`,
);
for (const { name, settings, burst, sequence } of present) {
  const less = burst < 20_000 || sequence < 2_000 ? ` (${burst} a burst, ${sequence} calls in a row)` : '';
  console.log(`- ${name}: ${settings}${less}`);
}
for (const line of left) console.log(`- ${line}`);

const folder = join(import.meta.dirname, '../../results');
if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
const path = join(folder, 'peers.json');
const record = { passes, machine, versions: versions(), measured, left };
writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
process.stderr.write(`written to ${path}\n`);
