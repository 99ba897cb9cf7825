/**
 * The storage thread: everything that touches the file happens here, so that a slow disk stops nobody else.
 * It imports nothing of other packages at run time, and so starts from source as well as from what is built.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { GroupCommit } from './group-commit.ts';
import { LOOK, type Nudge, RECOVER, type Reply, type Request, type StoreOptions } from './operations.ts';
import { Store } from './store.ts';
import { StoreError } from './store-error.ts';

/** Requests in one transaction. A request is what one turn of the main thread asks, so this is seldom reached. */
const REQUESTS_PER_COMMIT = 64;

if (parentPort === null) throw new Error('the storage thread is started by the engine');
serve(parentPort, workerData as StoreOptions);

function serve(port: NonNullable<typeof parentPort>, options: StoreOptions): void {
  const post = (reply: Reply): void => port.postMessage(reply);
  let store: Store | undefined;
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
    const opened = new Store(options);
    store = opened;
    const commits = new GroupCommit(opened, post);
    post(['opened', opened.opened()]);
    if (!opened.refillReserve()) commits.begunShort('the disk is nearly full');
    port.on('message', (first: Request | Nudge) => {
      guard(() => {
        if (!drain(port, first, commits)) return;
        opened.close();
        store = undefined;
        post(['closed']);
        port.close();
      });
    });
  });
}

/** Executes what has arrived, commits when somebody waits for it, and looks again. @returns whether to close */
function drain(port: NonNullable<typeof parentPort>, first: Request | Nudge, commits: GroupCommit): boolean {
  let closing = false;
  let request: Request | Nudge | undefined = first;
  while (request !== undefined) {
    for (let taken = 0; request !== undefined && taken < REQUESTS_PER_COMMIT; taken++) {
      if (request === RECOVER) commits.recover();
      else if (request === LOOK) commits.look();
      else {
        commits.execute(request);
        closing ||= request.some(([verb]) => verb === 'close');
      }
      request = next(port);
    }
    if (closing) commits.close();
    else if (commits.urgent) commits.commit();
    request ??= next(port);
  }
  return closing;
}

function next(port: NonNullable<typeof parentPort>): Request | Nudge | undefined {
  const received = receiveMessageOnPort(port) as { readonly message: Request | Nudge } | undefined;
  return received?.message;
}

function explain(error: unknown, file: string): string {
  if (error instanceof StoreError) return error.message;
  return `task store ${file} failed: ${error instanceof Error ? error.message : String(error)}`;
}
