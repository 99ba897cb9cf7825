/**
 * The storage thread: everything that touches the file happens here, so that a slow disk stops nobody else.
 * It imports nothing of other packages at run time, and so starts from source as well as from what is built.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Copies } from './copies.ts';
import { GroupCommit } from './group-commit.ts';
import { LOOK, RECOVER, type Reply, type Sent, type StoreOptions } from './operations.ts';
import { SqliteStore } from './store.ts';
import { errorText, StoreError } from './store-error.ts';

/** Requests in one transaction. A request is what one turn of the main thread asks, so this is seldom reached. */
const REQUESTS_PER_COMMIT = 64;

if (parentPort === null) throw new Error('the storage thread is started by the engine');
serve(parentPort, workerData as StoreOptions);

function serve(port: NonNullable<typeof parentPort>, options: StoreOptions): void {
  const post = (reply: Reply): void => port.postMessage(reply);
  let store: SqliteStore | undefined;
  const guard = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      store?.abandon();
      post(['failed', explain(error, options.file)]);
      port.close();
    }
  };
  guard(() => {
    const opened = new SqliteStore(options);
    store = opened;
    const commits = new GroupCommit(opened, post);
    const copies = new Copies(opened, () => guard(() => commits.commit()), post);
    post(['opened', opened.opened()]);
    if (!opened.refillReserve()) commits.begunShort('the disk is nearly full');
    port.on('message', (first: Sent) => {
      guard(() => {
        if (!drain(port, first, commits, copies)) return;
        opened.close();
        store = undefined;
        // One that is under way ends with the store, or has just come about.
        void copies.ended.then(() => {
          post(['closed']);
          port.close();
        });
      });
    });
  });
}

/** Executes what has arrived, commits when somebody waits for it, and looks again. @returns whether to close */
function drain(
  port: NonNullable<typeof parentPort>,
  first: Sent,
  commits: GroupCommit,
  copies: Copies,
): boolean {
  let closing = false;
  let sent: Sent | undefined = first;
  while (sent !== undefined) {
    for (let taken = 0; sent !== undefined && taken < REQUESTS_PER_COMMIT; taken++) {
      if (sent === RECOVER) commits.recover();
      else if (sent === LOOK) commits.look();
      else if ('backup' in sent) copies.make(sent.backup);
      else {
        commits.execute(sent);
        closing ||= sent.some(([verb]) => verb === 'close');
      }
      sent = next(port);
    }
    if (closing) commits.close();
    else if (commits.urgent || (copies.areMade && commits.isOpen)) commits.commit();
    if (copies.areMade && sent === undefined) break;
    sent ??= next(port);
  }
  return closing;
}

function next(port: NonNullable<typeof parentPort>): Sent | undefined {
  const received = receiveMessageOnPort(port) as { readonly message: Sent } | undefined;
  return received?.message;
}

function explain(error: unknown, file: string): string {
  if (error instanceof StoreError) return error.message;
  return `task store ${file} failed: ${errorText(error)}`;
}
