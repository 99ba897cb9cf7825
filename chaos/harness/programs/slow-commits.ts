/**
 * Imported before everything else, in the gateway's main thread, and by it in that of its store: each commit takes so much
 * longer. A killed process loses no more than what it has not yet given to the system, which is nothing for most of the
 * time; with a slow disk it is enough to tell an early answer from a right one.
 */
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync, type StatementResultingChanges } from 'node:sqlite';
import threads, { isMainThread, type WorkerOptions } from 'node:worker_threads';

const MS = Number(process.env['CHAOS_COMMIT_MS'] ?? 0);
const nothing = new Int32Array(new SharedArrayBuffer(4));
const prepare = DatabaseSync.prototype.prepare;

DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql: string) {
  const statement = prepare.call(this, sql);
  if (sql !== 'COMMIT') return statement;
  const run: () => StatementResultingChanges = statement.run.bind(statement);
  statement.run = () => {
    Atomics.wait(nothing, 0, 0, MS);
    return run();
  };
  return statement;
};

/** The store's thread is started without what its program has preloaded. */
if (isMainThread) {
  threads.Worker = class extends threads.Worker {
    constructor(file: string | URL, { execArgv = [], ...options }: WorkerOptions = {}) {
      super(file, { ...options, execArgv: [...execArgv, '--import', import.meta.url] });
    }
  };
  syncBuiltinESMExports();
}
