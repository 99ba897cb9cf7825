import { type Duration, type Failure, OptionError } from '@celeriac/protocol';
import {
  ARGS_REPR_LENGTH,
  type CallOptions,
  CONCURRENCY_KEY_LENGTH,
  encodeValue,
  HEADERS_LENGTH,
  LINKED_CALLS,
  LINKS_DEEP,
  LINKS_EACH,
  type LinkedCall,
  type OptionReader,
  type OptionsRead,
  option,
  payloadSize,
  readOptions,
  TASK_ID_LENGTH,
  TASK_NAME_LENGTH,
  type WirePayload,
  withoutUndefined,
} from '@celeriac/protocol/internal';
import { PATIENT, type SubmitRetry } from '../connection/submit-retry.ts';
import { linkedTaskId, newTaskId } from '../record/task-id.ts';
import { NAME_LENGTH, type SerializerName } from '../values/serializer.ts';
import { type Linkable, readSignature, type SignatureData } from './linkable.ts';
import { checkTimeLimits, priority, queueOption } from './option-reading.ts';

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
   * Not before this long from now: seconds or `'10s'`.
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
   * A body that runs this long ends as FAILURE `TimeLimitExceeded`: seconds or `'10s'`. 0 is never, whatever the task
   * says.
   * @default the task's
   */
  readonly timeLimit?: Duration | null | undefined;
  /**
   * `self.signal` aborts with `SoftTimeLimitExceeded` after this long, not above `timeLimit`. 0 is never, as there.
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
   * The call's key in its task's limit per key: of one key only that many run at the same time. A task that has a
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
   * The call is given up when it has no receipt after this long: seconds or `'10s'`.
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
  readonly retryPolicy: SubmitRetry | undefined;
  /** `undefined` leaves it to the task, its route or the app. */
  readonly serializer: string | undefined;
  /** For the wire, as given; `null` when there are none. */
  readonly call: CallOptions | null;
}

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

const POLICY = {
  maxRetries: option.orNull(option.integer(0)),
  intervalStart: option.duration(),
  intervalStep: option.duration(),
  intervalMax: option.duration(),
} satisfies { readonly [Name in keyof Required<SubmitRetryPolicy>]: OptionReader<unknown> };

const CALL = {
  taskId: option.text(TASK_ID_LENGTH),
  queue: queueOption,
  countdown: option.duration(),
  eta: option.moment,
  // That a call does not expire its task's definition may have to be told.
  expires: option.orNull(readExpiry),
  priority,
  timeLimit: option.duration(),
  softTimeLimit: option.duration(),
  headers: readHeaders,
  shadow: option.text(TASK_NAME_LENGTH),
  argsRepr: option.text(ARGS_REPR_LENGTH),
  concurrencyKey: option.text(CONCURRENCY_KEY_LENGTH),
  link: option.any,
  linkError: option.any,
  acceptTimeout: option.duration(),
  retry: option.flag,
  retryPolicy: option.object(POLICY),
  ignoreResult: option.flag,
  serializer: option.text(NAME_LENGTH),
} satisfies { readonly [Name in keyof Required<ApplyOptions>]: OptionReader<unknown> };

export const NAMES: readonly string[] = Object.keys(CALL);
/** Those to which `null` says something. */
export const NULLABLE: ReadonlySet<string> = new Set(['expires']);

/** @throws OptionError */
export function checkExcluding(countdown: unknown, eta: unknown, where: string): void {
  if (countdown != null && eta != null)
    throw new OptionError('eta', `expected ${where} to have either countdown or eta, got both`);
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
    : readCall(given, { where, encode, keyOf, depth: 0, id: undefined, linked: { calls: 0 } });
}

function readCall(given: unknown, place: Place): ReadApplyOptions {
  const {
    taskId = place.id,
    countdown: countdownMs,
    eta: etaAt,
    expires,
    timeLimit: timeLimitMs,
    softTimeLimit: softTimeLimitMs,
    link,
    linkError,
    acceptTimeout: acceptTimeoutMs,
    retry,
    retryPolicy,
    serializer,
    ...same
  } = readOptions(given, CALL, place.where);
  checkExcluding(countdownMs, etaAt, place.where);
  const inner = { ...place, id: taskId };
  const call = withoutUndefined<CallOptions>({
    ...same,
    ...(expires === null ? { expiresMs: null } : expires),
    ...{ countdownMs, etaAt, timeLimitMs, softTimeLimitMs },
    link: link === undefined ? undefined : readLinks(link, 'link', inner),
    linkError: linkError === undefined ? undefined : readLinks(linkError, 'linkError', inner),
  });
  checkTimeLimits(call);
  return {
    ...{ taskId, acceptTimeoutMs, serializer },
    retryPolicy: retryPolicyOf(retry, retryPolicy),
    call: Object.keys(call).length === 0 ? null : call,
  };
}

function readExpiry(given: unknown, name: string): Pick<CallOptions, 'expiresAt' | 'expiresMs'> {
  return given instanceof Date
    ? { expiresAt: option.moment(given, name) }
    : { expiresMs: option.duration()(given, name) };
}

const NO_RETRY: SubmitRetry = { ...PATIENT, maxRetries: 0 };

/** Defaults of the pauses are Celery's `task_publish_retry_policy`. */
function retryPolicyOf(
  wanted = true,
  policy: OptionsRead<typeof POLICY> | undefined,
): SubmitRetry | undefined {
  if (policy === undefined) return wanted ? undefined : NO_RETRY;
  if (!wanted) throw new OptionError('retryPolicy', 'expected either retryPolicy or retry: false, got both');
  const { maxRetries = null, intervalStart = 0, intervalStep = 200, intervalMax = 200 } = policy;
  return { maxRetries, startMs: intervalStart, stepMs: intervalStep, maxMs: intervalMax };
}

/** @throws PayloadError when they cannot be written as JSON */
function readHeaders(given: unknown, name: string): string {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw option.expected(name, 'an object', given);
  const text = encodeValue(given, name);
  if (!text.startsWith('{')) throw option.expected(name, 'a plain object', given);
  if (payloadSize(text) > HEADERS_LENGTH)
    throw new OptionError(
      name,
      `headers have ${payloadSize(text)} characters, the limit is ${HEADERS_LENGTH}`,
    );
  return text;
}

function readLinks(value: unknown, name: string, place: Place): readonly LinkedCall[] {
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (given.length > LINKS_EACH) throw option.expected(name, `at most ${LINKS_EACH} signatures`, value);
  if (place.depth >= LINKS_DEEP)
    throw new OptionError(
      name,
      `${place.where} has links more than ${LINKS_DEEP} deep; is one linked to itself?`,
    );
  place.linked.calls += given.length;
  if (place.linked.calls > LINKED_CALLS)
    throw new OptionError(name, `${place.where} has more than ${LINKED_CALLS} linked calls in all`);
  return given.map((one, position) => {
    const { task, args, options, immutable } = readSignature(one, name);
    const where = `the ${name} ${task} of ${place.where}`;
    const id = place.id === undefined ? undefined : linkedTaskId(place.id, name, position);
    const inner = { ...place, where, depth: place.depth + 1, id };
    const { taskId = newTaskId(), call, serializer } = readCall(options, inner);
    const body = place.encode(task, args, serializer);
    const key = call?.concurrencyKey ?? place.keyOf(task, args, immutable);
    const keyed = key === undefined ? call : { ...call, concurrencyKey: key };
    return { id: taskId, name: task, args: body, immutable, options: keyed };
  });
}
