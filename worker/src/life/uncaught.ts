/**
 * Names the task of an uncaught error: from a floating promise, or a timer's callback. What becomes of the process
 * is left to whoever decides that, by default Node, which ends it.
 */
import type { TaskSelf } from '@celeriac/client';
import { describeError, runningTask } from '@celeriac/client/hosting';
import type { Logger } from 'pino';

type Watcher = (self: TaskSelf, error: unknown) => void;

/** One listener of the process, however many workers it has. */
const watchers = new Set<Watcher>();

function heard(error: unknown): void {
  const self = runningTask();
  if (self !== undefined) for (const watcher of watchers) watcher(self, error);
}

/** @param worker whose tasks are told of, by its name @returns a function that stops it */
export function watchUncaught(worker: string, log: Logger): () => void {
  const watcher: Watcher = (self, error) => {
    if (self.request.worker !== worker) return;
    log.fatal(
      { task: self.name, id: self.request.id, ...describeError(error) },
      'an error of this task was not caught: await each promise that it makes, or catch its rejection',
    );
  };
  if (watchers.size === 0) process.on('uncaughtExceptionMonitor', heard);
  watchers.add(watcher);
  return () => {
    watchers.delete(watcher);
    if (watchers.size === 0) process.off('uncaughtExceptionMonitor', heard);
  };
}
