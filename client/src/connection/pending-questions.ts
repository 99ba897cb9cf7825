import { ClosedError } from '@celeriac/protocol';
import { FRAME_ITEMS, LIST_ITEMS } from '@celeriac/protocol/calling';
import type {
  AnswerTo,
  AskedFrame,
  SaidIn,
  SESSION_ANSWERS,
  WireSnapshot,
} from '@celeriac/protocol/internal';
import type { Hold } from '../record/changes.ts';
import type { FrameSizes, Producer, Ready } from './frames.ts';
import { type Ask, Requests } from './requests.ts';
import type { Transport } from './transport.ts';

/** Questions of many items. What concerns the connection the transport asks itself. */
type Batched = Exclude<AskedFrame, keyof typeof SESSION_ANSWERS>;
type ValueOf<Name extends Batched> =
  AnswerTo<Name> extends readonly (infer Value)[] ? NonNullable<Value> : never;
type RequestsOf<Name extends Batched> = Requests<SaidIn<Name>[number], ValueOf<Name>>;

const NOBODY: Hold = { acquire: () => {}, release: () => {} };
/** Items in one frame. Commands go one by one: none is to be refused because of another. */
const BATCHED: readonly Batched[] = ['get', 'revoke', 'forget', 'control', 'list'];
const MOST: { readonly [Name in Batched]?: number } = { control: 1, list: LIST_ITEMS };

/** All that is asked of a gateway and answered, each kind by itself. */
export class PendingQuestions implements Producer {
  /** As `get`, for whom no process need stay, and in this session alone. */
  readonly asides: Requests<string, WireSnapshot>;
  readonly #kinds = new Map<Batched, Requests<unknown, unknown>>();

  constructor(hold: Hold, ready: Ready) {
    const soon = (): void => ready(this);
    this.asides = new Requests(NOBODY, soon);
    for (const name of BATCHED) this.#kinds.set(name, new Requests(hold, soon));
  }

  of<Name extends Batched>(name: Name): RequestsOf<Name> {
    // Each is filled and answered under its name only.
    return this.#kinds.get(name) as unknown as RequestsOf<Name>;
  }

  /** A new session: whatever is open is asked again. */
  resend(): void {
    for (const requests of this.#kinds.values()) requests.resend();
    this.asides.fail(() => new ClosedError('the session has ended'));
  }

  send(transport: Transport, framing?: FrameSizes): void {
    for (const [name, requests] of this.#kinds) {
      if (name === 'get') this.asides.send((ids, answer) => transport.ask('get', ids, answer), framing);
      const ask: Ask<unknown, unknown> = (items, answer) => transport.ask(name, items as never, answer);
      requests.send(ask, framing, MOST[name] ?? FRAME_ITEMS);
    }
  }

  /** Gives all of them up. @param describe what is told, by the task that a question is about */
  fail(describe: (about: string | null) => Error): void {
    for (const requests of this.#kinds.values()) requests.fail(describe);
    this.asides.fail(describe);
  }
}
