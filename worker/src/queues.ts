/** Which queues a worker takes tasks from, and what share of its slots each gets. */
import { option, QUEUE_NAME_LENGTH, QUEUE_WEIGHT } from '@celeriac/protocol/internal';

/** Names, which all get the same share; or a weight for each name: `{ media: 3, default: 1 }`. */
export type QueueShares = readonly string[] | Readonly<Record<string, number>>;

export interface ServedQueues {
  readonly queues: readonly string[];
  /** Of those that have another weight than 1. */
  readonly weights: readonly (readonly [queue: string, weight: number])[];
}

const queueName = option.text(QUEUE_NAME_LENGTH);
const weightOf = option.integer(1, QUEUE_WEIGHT);

/** @throws OptionError when there is none, or a name or weight makes no sense */
export function readQueues(given: unknown, name: string): ServedQueues {
  if (typeof given !== 'object' || given === null)
    throw option.expected(name, 'an array of names, or an object of weights by name', given);
  const shares: readonly (readonly [string, number])[] = Array.isArray(given)
    ? option
        .list(queueName)(given, name)
        .map((queue) => [queue, 1])
    : Object.entries(given).map(([queue, weight]) => [
        queueName(queue, name),
        weightOf(weight, `${name}.${queue}`),
      ]);
  if (shares.length === 0) throw option.expected(name, 'a list of at least one name', given);
  const weights = new Map(shares);
  return { queues: [...weights.keys()], weights: [...weights].filter(([, weight]) => weight !== 1) };
}
