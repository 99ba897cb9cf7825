/** Which queues a worker takes tasks from, and what share of its room each gets. */
import { OptionError, QUEUE_NAME_LENGTH, QUEUE_WEIGHT, show } from '@celeriac/protocol';

/** Names, which all get the same share; or a weight for each name: `{ media: 3, default: 1 }`. */
export type QueueShares = readonly string[] | Readonly<Record<string, number>>;

export interface ServedQueues {
  readonly queues: readonly string[];
  /** Of those that have another weight than 1. */
  readonly weights: readonly (readonly [queue: string, weight: number])[];
}

/** @throws OptionError when there is none, or a name or weight makes no sense */
export function readQueues(given: QueueShares): ServedQueues {
  const shares: readonly (readonly [unknown, unknown])[] = Array.isArray(given)
    ? given.map((queue: unknown) => [queue, 1])
    : Object.entries(given);
  if (shares.length === 0) throw new OptionError('queues', 'expected at least one queue');
  const weights = new Map(shares.map(([queue, weight]) => [readName(queue), readWeight(weight, queue)]));
  return { queues: [...weights.keys()], weights: [...weights].filter(([, weight]) => weight !== 1) };
}

function readName(queue: unknown): string {
  if (typeof queue === 'string' && queue.length > 0 && queue.length <= QUEUE_NAME_LENGTH) return queue;
  throw new OptionError(
    'queues',
    `expected queues to be 1 to ${QUEUE_NAME_LENGTH} characters, got: ${show(queue)}`,
  );
}

function readWeight(weight: unknown, queue: unknown): number {
  if (typeof weight === 'number' && Number.isInteger(weight) && weight >= 1 && weight <= QUEUE_WEIGHT)
    return weight;
  throw new OptionError(
    'queues',
    `expected the weight of queue ${show(queue)} to be a whole number from 1 to ${QUEUE_WEIGHT}, got: ${show(weight)}`,
  );
}
