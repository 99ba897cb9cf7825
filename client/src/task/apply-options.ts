import { type Duration, type Failure, OptionError } from '@celeriac/protocol';
import {
  ARGS_REPR_LENGTH,
  CONCURRENCY_KEY_LENGTH,
  encodeValue,
  HEADERS_LENGTH,
  LINKED_CALLS,
  LINKS_DEEP,
  LINKS_EACH,
  option,
  payloadSize,
  readOptions,
  TASK_ID_LENGTH,
  TASK_NAME_LENGTH,
  withoutUndefined,
} from '@celeriac/protocol/calling';
import type { CallOptions, LinkedCall, OptionReader, WirePayload } from '@celeriac/protocol/internal';
import {
  NO_RETRY,
  readRetryPolicy,
  type SubmitRetry,
  type SubmitRetryPolicy,
} from '../connection/submit-retry.ts';
import { linkedTaskId, newTaskId } from '../record/task-id.ts';
import { type Linkable, readSignature, type SignatureData } from './linkable.ts';
import { checkTimeLimits, RUN, type RunOptions } from './run-options.ts';

/** Signatures that take these arguments before their own, or the plain data of some. */
export type Links<Takes extends readonly unknown[] = never> =
  | Linkable<Takes>
  | SignatureData
  | readonly (Linkable<Takes> | SignatureData)[];

/**
 * The options of one call; `null` removes an option that a signature has set. `Takes` is the first argument of its links: the
 * result, if its type is known.
 */
export interface ApplyOptions<Takes extends readonly unknown[] = never> extends RunOptions {
  /**
   * The call's id and idempotency key, 1 to 255 characters.
   * @default a new UUID
   */
  readonly taskId?: string | null | undefined;
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
   * Data of the caller, as JSON; the task has it as `self.request.headers`.
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
   * @default the beginning of the arguments as they are sent
   */
  readonly argsRepr?: string | null | undefined;
  /**
   * The call's key for the task's limit per key: only so many calls with the same key run at the same time. If a task has a
   * limit per key, a call without a key is refused.
   * @default made from the arguments by the definition, if the caller has it
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
   * A call without a receipt is given up after this time: seconds or `'10s'`.
   * @default the app's
   */
  readonly acceptTimeout?: Duration | null | undefined;
  /**
   * Whether the call is sent again if the refusal is temporary (a full queue, too many calls at once) or no gateway is reached,
   * until `acceptTimeout` is over. This has nothing to do with the retries of a task that fails.
   * @default true
   */
  readonly retry?: boolean | null | undefined;
  /**
   * How often, and after which pauses, the call is sent again. Not with `retry: false`.
   * @default as long as `acceptTimeout` lasts
   */
  readonly retryPolicy?: SubmitRetryPolicy | null | undefined;
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

/** What makes calls of links. */
export interface LinkMaker {
  /** Writes the arguments of a link; `serializer` is what its own options say. */
  writeLink(task: string, args: readonly unknown[], serializer: string | undefined): WirePayload;
  /** The key of a linked call in its task's limit per key; `undefined` where it is not known here. @throws KeyRequiredError, OptionError */
  keyOfLink(task: string, args: readonly unknown[], immutable: boolean): string | undefined;
}

/** Where options are read: what errors name, and how links are written. */
interface Place {
  readonly where: string;
  readonly links: LinkMaker;
  /** How many links lead here. */
  readonly depth: number;
  /** The id of the call whose links are read, where its caller chose it. */
  readonly id: string | undefined;
  /** Counts all links of the call that is read. */
  readonly linked: { calls: number };
}

const CALL = {
  ...RUN,
  taskId: option.text(TASK_ID_LENGTH),
  countdown: option.duration(),
  eta: option.moment,
  // That a call does not expire its task's definition may have to be told.
  expires: option.orNull(readExpiry),
  headers: readHeaders,
  shadow: option.text(TASK_NAME_LENGTH),
  argsRepr: option.text(ARGS_REPR_LENGTH),
  concurrencyKey: option.text(CONCURRENCY_KEY_LENGTH),
  link: option.any,
  linkError: option.any,
  acceptTimeout: option.duration(),
  retry: option.flag,
  retryPolicy: readRetryPolicy,
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
  links: LinkMaker,
): ReadApplyOptions {
  return given === undefined
    ? NOTHING
    : readCall(given, { where, links, depth: 0, id: undefined, linked: { calls: 0 } });
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
  if (retry === false && retryPolicy !== undefined)
    throw new OptionError('retryPolicy', 'expected either retryPolicy or retry: false, got both');
  const call = withoutUndefined<CallOptions>({
    ...same,
    ...(expires === null ? { expiresMs: null } : expires),
    countdownMs,
    etaAt,
    timeLimitMs,
    softTimeLimitMs,
    link: link === undefined ? undefined : readLinks(link, 'link', { ...place, id: taskId }),
    linkError:
      linkError === undefined ? undefined : readLinks(linkError, 'linkError', { ...place, id: taskId }),
  });
  checkTimeLimits(call);
  return {
    taskId,
    acceptTimeoutMs,
    serializer,
    retryPolicy: retry === false ? NO_RETRY : retryPolicy,
    call: Object.keys(call).length === 0 ? null : call,
  };
}

function readExpiry(given: unknown, name: string): Pick<CallOptions, 'expiresAt' | 'expiresMs'> {
  return given instanceof Date
    ? { expiresAt: option.moment(given, name) }
    : { expiresMs: option.duration()(given, name) };
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
    const body = place.links.writeLink(task, args, serializer);
    const key = call?.concurrencyKey ?? place.links.keyOfLink(task, args, immutable);
    const keyed = key === undefined ? call : { ...call, concurrencyKey: key };
    return { id: taskId, name: task, args: body, immutable, options: keyed };
  });
}
