import type { Celeriac, RowsStore } from '@celeriac/client';
import { type AddressValues, gatewayAddress, withApp } from '../../calling/with-app.ts';
import { GATEWAY_ADDRESS, jsonFlag } from '../../options/common-flags.ts';
import { EXIT, type ExitCode } from '../../output/exit.ts';
import { type Cell, tableLines } from '../../output/table.ts';
import type { Terminal } from '../../terminal.ts';

export const NEEDS = 'Needs a token with admin:read.';

/** Of every command that shows rows. */
export const ROWS_FLAGS = {
  ...GATEWAY_ADDRESS,
  json: jsonFlag('one JSON object per line for each row, with everything known about it'),
};

export interface ShownRows<Row> {
  readonly rows: readonly Row[];
  /** What is missing, in a sentence; absent where these are all. */
  readonly missing?: string | undefined;
}

interface RowsSpec<Row> {
  readonly head: readonly string[];
  readonly look: (app: Celeriac) => Promise<ShownRows<Row>>;
  readonly cells: (row: Row) => readonly Cell[];
}

/** As a table, or with `--json` each row whole. */
export function showRows<Row>(
  values: AddressValues & { readonly json: boolean },
  terminal: Terminal,
  { head, look, cells }: RowsSpec<Row>,
): Promise<ExitCode> {
  return withApp(gatewayAddress(values), terminal, async (app) => {
    const { rows, missing } = await look(app);
    const style = { now: terminal.clock.now(), width: terminal.width };
    const lines = values.json
      ? rows.map((row) => JSON.stringify(row))
      : tableLines(head, rows.map(cells), style);
    for (const line of lines) terminal.print(line);
    if (missing !== undefined) terminal.complain(`celeriac: ${missing}`);
    return EXIT.ok;
  });
}

const CUT = 'the list is not complete: there are more tasks, or older ones that were not searched';

/**
 * A feed is waited for without end; a question is not, so one is asked first.
 * @throws GatewayUnreachableError, or the feed's trouble
 */
export async function look<Row>(app: Celeriac, store: RowsStore<Row>): Promise<ShownRows<Row>> {
  for await (const _ of app.monitor.history({ limit: 1 })) break;
  return new Promise((resolve, reject) => {
    const stop = store.subscribe((view) => {
      if (view.trouble === null && !view.live) return;
      if (view.trouble === null) resolve({ rows: view.rows, missing: view.more ? CUT : undefined });
      else reject(view.trouble);
      queueMicrotask(() => stop());
    });
  });
}
