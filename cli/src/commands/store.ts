import { checkStore, compactStore, type StoreReport } from '@celeriac/gateway';
import { readStoreName, storeHint } from '@celeriac/gateway/internal';
import { OptionError } from '@celeriac/protocol';
import { jsonFlag } from '../options/common-flags.ts';
import { toggle } from '../options/flag.ts';
import { CommandError, EXIT, type ExitCode } from '../output/exit.ts';
import type { Terminal } from '../terminal.ts';
import { defineVerb, defineVerbGroup } from '../verb.ts';

const FILE = ['<file>', 'the store, as a path or as sqlite:PATH'] as const;

const accept = toggle(
  'accept',
  'accept a store whose log is lost, if it is sound otherwise: what was only in the log is gone',
);

const check = defineVerb({
  name: 'check',
  summary: 'check a whole store, without changing it',
  operands: [FILE],
  flags: { accept, json: jsonFlag('what was found as one JSON object') },
  epilogue: `While a gateway uses the store, make a backup (celeriac control backup) and check the backup. Exits with 1 if something is wrong.

Examples:
  celeriac store check celeriac.db
  celeriac store check celeriac.db --accept     its log is lost, and there is no backup`,
  run: async ({ operands: [name = ''], values, terminal }) => {
    const file = fileOf(name);
    const report = await said(() => checkStore(file, values.accept));
    return tell(file, report, values, terminal);
  },
});

const compact = defineVerb({
  name: 'compact',
  summary: 'rewrite a store to its smallest size',
  operands: [FILE],
  flags: { json: jsonFlag('what was done as one JSON object') },
  epilogue: `No gateway may use the store. Needs free disk space of up to twice its size. A store that was made by an older version
returns empty space by itself from then on.

Examples:
  celeriac store compact celeriac.db`,
  run: async ({ operands: [name = ''], values, terminal }) => {
    const file = fileOf(name);
    const done = await said(() => compactStore(file));
    terminal.print(
      values.json
        ? JSON.stringify({ command: 'compact', file, ...done })
        : `${file}: ${megabytes(done.bytesBefore)} before, ${megabytes(done.bytes)} now`,
    );
    return EXIT.ok;
  },
});

export const storeVerb = defineVerbGroup({
  name: 'store',
  summary: 'maintain the store of a gateway that is not running',
  verbs: [check, compact],
  epilogue: 'To back up a running gateway, use celeriac control backup.',
});

function tell(
  file: string,
  report: StoreReport,
  { accept: accepted, json }: { readonly accept: boolean; readonly json: boolean },
  terminal: Terminal,
): ExitCode {
  const { faults, schema, newestSchema, open, tasks } = report;
  const sound = faults.length === 0;
  if (json) terminal.print(JSON.stringify({ command: 'check', file, sound, ...report }));
  else {
    terminal.print(`${file}: ${sound ? 'sound' : 'damaged'}`);
    for (const fault of faults) terminal.print(`  ${fault}`);
    terminal.print(
      `  schema    ${schema}${schema < newestSchema ? `, a gateway upgrades it to ${newestSchema}` : ''}`,
    );
    terminal.print(
      `  size      ${megabytes(report.bytes)}, ${megabytes(report.freeBytes)} of it empty; log ${megabytes(report.logBytes)}`,
    );
    if (tasks !== null)
      terminal.print(
        `  tasks     ${tasks.waiting} waiting, ${tasks.held} with workers, ${tasks.ended} ended, ${tasks.tombstones} tombstones`,
      );
    if (open && report.logBytes > 0)
      terminal.print(`  its gateway did not close it, so ${file}-wal is a part of it`);
    if (open && report.logBytes === 0 && accepted && sound) terminal.print('  accepted without its log');
  }
  return sound ? EXIT.ok : EXIT.failed;
}

/** @throws OptionError */
function fileOf(name: string): string {
  if (!name.startsWith('sqlite:')) return name;
  const store = readStoreName(name);
  if (store?.kind === 'sqlite') return store.file;
  throw new OptionError('file', `expected FILE to be a path or sqlite:PATH, got: ${name}${storeHint(name)}`);
}

/** @throws CommandError with what is wrong, in a line */
async function said<Value>(act: () => Value): Promise<Value> {
  try {
    return act();
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error), undefined, {
      cause: error,
    });
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
