'use client';
/** Hooks on the stores of a Celeriac app. Safe in StrictMode and in concurrent rendering; rendering sends nothing. */
export { type AnyApp, CeleriacProvider, type CeleriacProviderProps } from './app-context.ts';
export { useConnection, useDefinitions, useQueues, useTaskList, useWorkers } from './use-app.ts';
export { useAsyncResult } from './use-async-result.ts';
export { type CallableTask, type TaskUse, useTask } from './use-task.ts';
