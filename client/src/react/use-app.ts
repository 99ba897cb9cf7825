import { useMemo } from 'react';
import type { ConnectionStatus } from '../connection/dialer.ts';
import type { TaskListOptions } from '../monitor/monitor.ts';
import type { DefinitionRow, QueueRow, TaskRow, WorkerRow } from '../monitor/rows.ts';
import type { RowsView } from '../monitor/rows-store.ts';
import { type AnyApp, requireApp, useAppIfAny, useStore } from './app-context.ts';

/** What a server draws, and a page before it has heard anything. */
const NOTHING: RowsView<never> = { rows: [], more: false, live: false, trouble: null };
const nothing = (): RowsView<never> => NOTHING;

/**
 * The newest tasks that match, the newest first, kept up to date while the component is mounted. Hooks with equal filters share
 * one feed; the object does not have to be the same one.
 * @param app default the provider's
 * @throws UsageError without an app; OptionError for an invalid filter
 * @example const { rows, live } = useTaskList({ states: ['STARTED'], limit: 20 });
 */
export function useTaskList(filter: TaskListOptions = {}, app?: AnyApp): RowsView<TaskRow> {
  const { monitor } = requireApp(useAppIfAny(app), 'useTaskList()');
  const key = JSON.stringify(filter);
  // biome-ignore lint/correctness/useExhaustiveDependencies: an equal filter is the same filter
  const store = useMemo(() => monitor.tasks(filter), [monitor, key]);
  return useStore(store, nothing);
}

/**
 * The queues with their depth and rates, by name.
 * @throws UsageError without an app
 * @example const { rows } = useQueues();
 */
export function useQueues(app?: AnyApp): RowsView<QueueRow> {
  return useStore(requireApp(useAppIfAny(app), 'useQueues()').monitor.queues(), nothing);
}

/**
 * The workers with what they run, by name.
 * @throws UsageError without an app
 * @example const { rows } = useWorkers();
 */
export function useWorkers(app?: AnyApp): RowsView<WorkerRow> {
  return useStore(requireApp(useAppIfAny(app), 'useWorkers()').monitor.workers(), nothing);
}

/**
 * The tasks that workers have defined, by name.
 * @throws UsageError without an app
 * @example const { rows } = useDefinitions();
 */
export function useDefinitions(app?: AnyApp): RowsView<DefinitionRow> {
  return useStore(requireApp(useAppIfAny(app), 'useDefinitions()').monitor.definitions(), nothing);
}

const UNOPENED: ConnectionStatus = { state: 'idle', reason: null };

/**
 * The state of the app's connection to its gateway, and the reason.
 * @param app default the provider's
 * @throws UsageError without an app
 * @example const { state, reason } = useConnection();
 */
export function useConnection(app?: Pick<AnyApp, 'connection'>): ConnectionStatus {
  const provided = useAppIfAny(undefined);
  const { connection } = app ?? requireApp(provided, 'useConnection()');
  return useStore(connection, () => UNOPENED);
}
