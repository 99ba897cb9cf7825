/** A task as its definition makes it, with whatever a test wants otherwise. */
import type { HostedTask } from '../hosting.ts';
import { defineTask } from '../task/definition.ts';
import { Serializers } from '../values/serializers.ts';

export type FakeTask = Partial<Omit<HostedTask, 'definition' | 'run'>> &
  Partial<Pick<HostedTask['definition'], 'arity'>>;

export function fakeTask(
  name: string,
  run: (...args: never[]) => unknown,
  { arity = null, ...given }: FakeTask = {},
): HostedTask {
  const place = new Error('defined').stack ?? '';
  const task = defineTask(name, { typing: false }, run, place, new Serializers());
  return { ...task, typing: true, ...given, definition: { ...task.definition, arity } };
}
