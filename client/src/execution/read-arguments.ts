/** From the bytes of a call to the arguments of a function. */
import { type Arity, PayloadError } from '@celeriac/protocol';
import type { WirePayload } from '@celeriac/protocol/internal';
import type { HostedTask } from '../hosting.ts';

/**
 * @param prepend results of other tasks, which stand before the arguments of the call
 * @throws PayloadError when the payload is not an array, or cannot be read; each is read by what wrote it
 */
export function readArguments(
  task: HostedTask,
  payload: WirePayload,
  prepend: readonly WirePayload[] = [],
): readonly unknown[] {
  const { serializers } = task;
  const { name } = task.definition;
  const args = serializers.decode(payload, `arguments of ${name}`);
  if (!Array.isArray(args)) throw new PayloadError(`arguments of ${name} are not an array`);
  if (prepend.length === 0) return args;
  return [
    ...prepend.map((result) => serializers.decode(result, `a result before the arguments of ${name}`)),
    ...args,
  ];
}

/** @throws TypeError when the function takes another number of arguments; its traceback is the task's definition */
export function checkCount(task: HostedTask, args: readonly unknown[]): void {
  const { arity } = task.definition;
  if (
    task.typing &&
    arity !== null &&
    (args.length < arity.min || (arity.max !== null && args.length > arity.max))
  ) {
    throw argumentError(task, arity, args.length);
  }
}

function argumentError(task: HostedTask, arity: Arity, given: number): TypeError {
  const error = new TypeError(`${task.definition.name}() takes ${describeArity(arity)} (${given} given)`);
  error.stack = [`TypeError: ${error.message}`, ...framesOf(task.definedAt)].join('\n');
  return error;
}

function describeArity({ min, max }: Arity): string {
  if (max === null) return `at least ${count(min)}`;
  if (min === max) return `exactly ${count(min)}`;
  return `from ${min} to ${max} arguments`;
}

function count(number: number): string {
  return `${number} ${number === 1 ? 'argument' : 'arguments'}`;
}

function framesOf(stack: string): readonly string[] {
  return stack.split('\n').filter((line) => /^\s*at /.test(line));
}
