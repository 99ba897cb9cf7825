import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { childFlags } from '@celeriac/runtime';
import { sourceFlags } from '../../source-flags.ts';
import { readFromChild, type SpawnChild } from '../child/child-messages.ts';
import { childEntry } from '../children/child-entry.ts';

/**
 * What starts child processes. What they print goes where the worker's own output goes.
 * @throws UsageError in a bundle
 */
export function makeProcessSpawner(): SpawnChild {
  const entry = fileURLToPath(childEntry('processes', import.meta.url, 'spawn-process', 'child-process'));
  return (events) => spawnProcess(entry, events);
}

const spawnProcess = (entry: string, events: Parameters<SpawnChild>[0]): ReturnType<SpawnChild> => {
  const child = fork(entry, [], {
    execArgv: [...childFlags(process.execArgv), ...sourceFlags()],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let why: string | undefined;
  // What it had sent before it died is still read; only the end of its channel says that there is no more.
  const over = (): void => {
    if (why !== undefined && !child.connected) events.ended(why);
  };
  child.on('message', (message) => {
    const read = readFromChild(message);
    if (read !== undefined) events.received(read);
  });
  child.on('exit', (code, signal) => {
    why ??= signal === null ? `ended (exit code ${code})` : `ended (signal ${signal})`;
    over();
  });
  child.on('error', (error) => {
    if (child.pid !== undefined) return;
    why ??= `could not be started: ${error.message}`;
    events.ended(why);
  });
  child.on('disconnect', () => {
    // Its channel is closed, by its own code perhaps: it cannot be reached any more.
    child.kill('SIGKILL');
    over();
  });
  return {
    label: `process ${child.pid ?? '?'}`,
    post: (message) => {
      if (child.connected) child.send(message, () => undefined);
    },
    kill: () => void child.kill('SIGKILL'),
  };
};
