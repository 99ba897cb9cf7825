import {
  type CallOptions,
  CONCURRENCY_KEY_LENGTH,
  type Duration,
  encodeValue,
  type Failure,
  LINKED_CALLS,
  type LinkedCall,
  OptionError,
  parseDuration,
  payloadSize,
  readNames,
  TASK_ID_LENGTH,
  TASK_NAME_LENGTH,
  type WirePayload,
} from '@celeriac/protocol';
import { PATIENT, type RetryPolicy } from '../connection/retry-policy.ts';
import { type Linkable, readSignature, type SignatureData } from '../signature/linkable.ts';
import type { SerializerName } from '../values/serializer.ts';
import {
  checkTimeLimits,
  expected,
  readDate,
  readFlag,
  readPriority,
  readQueue,
  readText,
} from './option-reading.ts';
import { linkedTaskId, newTaskId } from './task-id.ts';
import { readSerializerName } from './task-options.ts';

/** Signatures that take these arguments before their own, or the plain data of some. */
export type Links<Takes extends readonly unknown[] = never> =
  | Linkable<Takes>
  | SignatureData
  | readonly (Linkable<Takes> | SignatureData)[];

/**
 * What one call may ask for; `null` takes an option back that a signature said. `Takes` is what its links are given first: the result, where its
 * type is known.
 */
export interface ApplyOptions<Takes extends readonly unknown[] = never> {
  /**
   * The call's id and idempotency key, 1 to 255 characters.
   * @default a new UUID
   */
  readonly taskId?: string | null | undefined;
  /**
   * Where it waits.
   * @default the queue of a route, else of the task, else `default`
   */
  readonly queue?: string | null | undefined;
  /**
   * Not before so long from now: seconds or `'10s'`.
   * @default at once
   */
  readonly countdown?: Duration | null | undefined;
  /**
   * Not before this moment. Not together with `countdown`.
   * @default at once
   */
  readonly eta?: Date | null | undefined;
  /**
   * Revoked if it has not started by then: seconds or `'10s'` from now, or a moment; `null`: never, whatever its task
   * says.
   * @default the task's
   */
  readonly expires?: Duration | Date | null | undefined;
  /**
   * 0 to 9, 9 first.
   * @default the task's
   */
  readonly priority?: number | null | undefined;
  /**
   * A body that runs so long ends as FAILURE `TimeLimitExceeded`: seconds or `'10s'`. 0 is never, whatever the task
   * says.
   * @default the task's
   */
  readonly timeLimit?: Duration | null | undefined;
  /**
   * `self.signal` aborts with `SoftTimeLimitExceeded` after so long, not above `timeLimit`. 0 is never, as there.
   * @default the task's
   */
  readonly softTimeLimit?: Duration | null | undefined;
  /**
   * The caller's own facts, as JSON; the task finds them in `self.request.headers`.
   * @default none
   */
  readonly headers?: Readonly<Record<string, unknown>> | null | undefined;
  /**
   * A name for logs and monitors instead of the task's.
   * @default none
   */
  readonly shadow?: string | null | undefined;
  /**
   * What logs and monitors may show of the arguments.
   * @default the beginning of what was written
   */
  readonly argsRepr?: string | null | undefined;
  /**
   * What the call goes by in its task's limit per key: only so many of one key run at the same time. A task that has a
   * limit per key refuses a call without one.
   * @default what the definition makes of the arguments, where it is at hand
   */
  readonly concurrencyKey?: string | null | undefined;
  /**
   * Called after a success, with the result first.
   * @default none
   */
  readonly link?: Links<Takes> | null | undefined;
  /**
   * Called after a failure, with the task's id and its error first.
   * @default none
   */
  readonly linkError?: Links<[id: string, error: Failure]> | null | undefined;
  /**
   * The call is given up without a receipt after so long: seconds or `'10s'`.
   * @default the app's
   */
  readonly acceptTimeout?: Duration | null | undefined;
  /**
   * Whether the submit is tried again when it is refused for now (a full queue, too many calls at once) or no gateway is
   * reached, for as long as `acceptTimeout` lasts. A task that fails has retries of its own.
   * @default true
   */
  readonly retry?: boolean | null | undefined;
  /**
   * How often and after which pauses the submit is tried again. Not with `retry: false`.
   * @default as long as `acceptTimeout` lasts
   */
  readonly retryPolicy?: SubmitRetryPolicy | null | undefined;
  /**
   * The caller wants no result: it is not kept, and `get()` gives `undefined` at once.
   * @default the task's
   */
  readonly ignoreResult?: boolean | null | undefined;
  /**
   * What writes the arguments, and so the result: `'json'`, `'devalue'`, or a name given to `app.registerSerializer()`.
   * @default what the task, its route or the app says
   */
  readonly serializer?: SerializerName | null | undefined;
}

/** Names as in Celery's `retry_policy`. The gateway's own wish counts for more where it is longer. */
export interface SubmitRetryPolicy {
  /** Tries after the first one; default `null`: as many as `acceptTimeout` has room for. */
  readonly maxRetries?: number | null | undefined;
  /** The first pause after a refusal: seconds or `'200ms'`, default 0. */
  readonly intervalStart?: Duration | null | undefined;
  /** What each further pause is longer; default 0.2 s. */
  readonly intervalStep?: Duration | null | undefined;
  /** The longest pause; default 0.2 s. */
  readonly intervalMax?: Duration | null | undefined;
}

export interface ReadApplyOptions {
  readonly taskId: string | undefined;
  /** `undefined` leaves it to the app. */
  readonly acceptTimeoutMs: number | undefined;
  /** `undefined`: for as long as it has time. */
  readonly retryPolicy: RetryPolicy | undefined;
  /** `undefined` leaves it to the task, its route or the app. */
  readonly serializer: string | undefined;
  /** For the wire, as given; `null` when there are none. */
  readonly call: CallOptions | null;
}

/** The protocol's own bounds: links may have links of their own, so deep, and so many each. */
const LINKS_DEEP = 20;
const LINKS_EACH = 100;
const HEADERS_LENGTH = 16_384;
const ARGS_REPR_LENGTH = 1_024;
const NOTHING: ReadApplyOptions = {
  taskId: undefined,
  acceptTimeoutMs: undefined,
  retryPolicy: undefined,
  serializer: undefined,
  call: null,
};

/** Writes the arguments of a link; `serializer` is what its own options say. */
export type EncodeLink = (
  task: string,
  args: readonly unknown[],
  serializer: string | undefined,
) => WirePayload;

/** What a linked call goes by in its task's limit per key, if that can be told. @throws KeyRequiredError, OptionError */
export type KeyOfLink = (task: string, args: readonly unknown[], immutable: boolean) => string | undefined;

/** Where options are read: what errors name, and how links are written. */
interface Place {
  readonly where: string;
  readonly encode: EncodeLink;
  readonly keyOf: KeyOfLink;
  /** How many links lead here. */
  readonly depth: number;
  /** The id of the call whose links are read, where its caller chose it. */
  readonly id: string | undefined;
  /** Counts all links of the call that is read. */
  readonly linked: { calls: number };
}

type Reader = (value: unknown, place: Place) => CallOptions;

const READERS: { readonly [Name in keyof Required<ApplyOptions>]: Reader } = {
  // These are not part of what travels.
  taskId: () => ({}),
  acceptTimeout: () => ({}),
  retry: () => ({}),
  retryPolicy: () => ({}),
  serializer: () => ({}),
  queue: (value) => ({ queue: readQueue(value, 'queue') }),
  countdown: (value) => ({ countdownMs: parseDuration(value, 'countdown') }),
  eta: (value) => ({ etaAt: readDate(value, 'eta') }),
  expires: (value) =>
    value instanceof Date
      ? { expiresAt: readDate(value, 'expires') }
      : { expiresMs: value === null ? null : parseDuration(value, 'expires') },
  priority: (value) => ({ priority: readPriority(value, 'priority') }),
  ignoreResult: (value) => ({ ignoreResult: readFlag(value, 'ignoreResult') }),
  timeLimit: (value) => ({ timeLimitMs: parseDuration(value, 'timeLimit') }),
  softTimeLimit: (value) => ({ softTimeLimitMs: parseDuration(value, 'softTimeLimit') }),
  headers: (value) => ({ headers: readHeaders(value) }),
  link: (value, place) => ({ link: readLinks(value, 'link', place) }),
  linkError: (value, place) => ({ linkError: readLinks(value, 'linkError', place) }),
  shadow: (value) => ({ shadow: readText(value, 'shadow', TASK_NAME_LENGTH) }),
  argsRepr: (value) => ({ argsRepr: readText(value, 'argsRepr', ARGS_REPR_LENGTH) }),
  concurrencyKey: (value) => ({
    concurrencyKey: readText(value, 'concurrencyKey', CONCURRENCY_KEY_LENGTH),
  }),
};

const READER_OF: ReadonlyMap<string, Reader> = new Map(Object.entries(READERS));
export const NAMES: readonly string[] = Object.keys(READERS);
/** That a call does not expire its task's definition may have to be told. */
export const NULLABLE: ReadonlySet<string> = new Set(['expires']);

/** @throws OptionError */
export function checkExcluding(options: ReadonlyMap<string, unknown>, where: string): void {
  if (options.get('countdown') != null && options.get('eta') != null)
    throw new OptionError('eta', `expected ${where} to have countdown or eta, got both`);
}

/**
 * Ids of linked calls are made here, once per call; under an id that its caller chose they are always the same.
 * @param where names the call in errors
 * @throws UsageError, OptionError, PayloadError for arguments of links, KeyRequiredError for a link without a key
 */
export function readApplyOptions(
  given: ApplyOptions | undefined,
  where: string,
  encode: EncodeLink,
  keyOf: KeyOfLink = () => undefined,
): ReadApplyOptions {
  return given === undefined
    ? NOTHING
    : readOptions(given, { where, encode, keyOf, depth: 0, id: undefined, linked: { calls: 0 } });
}

function readOptions(given: unknown, place: Place): ReadApplyOptions {
  const { where } = place;
  const options = readNames(given, NAMES, where, NULLABLE);
  checkExcluding(options, where);
  const ownId = options.get('taskId');
  const taskId = ownId === undefined ? place.id : readText(ownId, 'taskId', TASK_ID_LENGTH);
  let call: CallOptions = {};
  for (const [name, value] of options)
    call = { ...call, ...READER_OF.get(name)?.(value, { ...place, id: taskId }) };
  checkTimeLimits(call);
  const acceptTimeout = options.get('acceptTimeout');
  return {
    taskId,
    acceptTimeoutMs: acceptTimeout === undefined ? undefined : parseDuration(acceptTimeout, 'acceptTimeout'),
    retryPolicy: readRetryPolicy(options.get('retry'), options.get('retryPolicy')),
    serializer: readSerializerName(options.get('serializer')),
    call: Object.keys(call).length === 0 ? null : call,
  };
}

const POLICY_NAMES = ['maxRetries', 'intervalStart', 'intervalStep', 'intervalMax'];
const NO_RETRY: RetryPolicy = { ...PATIENT, maxRetries: 0 };

/** Defaults of the pauses are Celery's `task_publish_retry_policy`. */
function readRetryPolicy(retry: unknown, given: unknown): RetryPolicy | undefined {
  const wanted = retry === undefined || readFlag(retry, 'retry');
  if (given === undefined) return wanted ? undefined : NO_RETRY;
  if (!wanted) throw new OptionError('retryPolicy', 'expected no retryPolicy beside retry: false, got both');
  const names = readNames(given, POLICY_NAMES, 'retryPolicy');
  const maxRetries = names.get('maxRetries') ?? null;
  if (maxRetries !== null && !(Number.isInteger(maxRetries) && Number(maxRetries) >= 0))
    throw expected('maxRetries', 'a whole number from 0 on, or null', maxRetries);
  const pause = (name: string, fallback: Duration): number =>
    parseDuration(names.get(name) ?? fallback, name);
  return {
    maxRetries: maxRetries === null ? null : Number(maxRetries),
    startMs: pause('intervalStart', 0),
    stepMs: pause('intervalStep', '200ms'),
    maxMs: pause('intervalMax', '200ms'),
  };
}

/** @throws PayloadError when they cannot be written as JSON */
function readHeaders(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw expected('headers', 'an object', value);
  const text = encodeValue(value, 'headers');
  if (!text.startsWith('{')) throw expected('headers', 'a plain object', value);
  if (payloadSize(text) > HEADERS_LENGTH)
    throw new OptionError(
      'headers',
      `headers have ${payloadSize(text)} characters, the limit is ${HEADERS_LENGTH}`,
    );
  return text;
}

function readLinks(value: unknown, option: string, place: Place): readonly LinkedCall[] {
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (given.length > LINKS_EACH) throw expected(option, `at most ${LINKS_EACH} signatures`, value);
  if (place.depth >= LINKS_DEEP)
    throw new OptionError(
      option,
      `${place.where} has links more than ${LINKS_DEEP} deep; is one linked to itself?`,
    );
  place.linked.calls += given.length;
  if (place.linked.calls > LINKED_CALLS)
    throw new OptionError(option, `${place.where} has more than ${LINKED_CALLS} linked calls in all`);
  return given.map((one, position) => {
    const { task, args, options, immutable } = readSignature(one, option);
    const where = `the ${option} ${task} of ${place.where}`;
    const id = place.id === undefined ? undefined : linkedTaskId(place.id, option, position);
    const inner = { ...place, where, depth: place.depth + 1, id };
    const { taskId = newTaskId(), call, serializer } = readOptions(options, inner);
    const body = place.encode(task, args, serializer);
    const key = call?.concurrencyKey ?? place.keyOf(task, args, immutable);
    const keyed = key === undefined ? call : { ...call, concurrencyKey: key };
    return { id: taskId, name: task, args: body, immutable, options: keyed };
  });
}
