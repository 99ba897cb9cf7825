import {
  ClosedError,
  type ControlItem,
  type ControlReply,
  type ListPage,
  type ListQuery,
  type RevokeItem,
  type RevokeVerdict,
  type WireSnapshot,
} from '@celeriac/protocol';
import type { Hold } from '../record/task-record.ts';
import type { Framing } from './frames.ts';
import type { Link } from './link.ts';
import { Requests } from './requests.ts';

const NOBODY: Hold = { acquire: () => {}, release: () => {} };

/** All that is asked of a gateway and answered, each kind by itself. */
export class Questions {
  readonly gets: Requests<string, WireSnapshot>;
  /** As gets, for whom no process need stay, and in this session alone. */
  readonly asides: Requests<string, WireSnapshot>;
  readonly revokes: Requests<RevokeItem, RevokeVerdict>;
  readonly forgets: Requests<string, boolean>;
  readonly controls: Requests<ControlItem, ControlReply>;
  readonly lists: Requests<ListQuery, ListPage>;

  /** @param soon something is to be sent */
  constructor(hold: Hold, soon: () => void) {
    this.gets = new Requests(hold, soon);
    this.asides = new Requests(NOBODY, soon);
    this.revokes = new Requests(hold, soon);
    this.forgets = new Requests(hold, soon);
    this.controls = new Requests(hold, soon);
    this.lists = new Requests(hold, soon);
  }

  /** A new session: whatever is open is asked again. */
  resend(): void {
    this.gets.resend();
    this.asides.fail(() => new ClosedError('the session is over'));
    this.revokes.resend();
    this.forgets.resend();
    this.controls.resend();
    this.lists.resend();
  }

  send(link: Link, framing?: Framing): void {
    this.gets.send((ids, answer) => link.get(ids, answer), framing);
    this.asides.send((ids, answer) => link.get(ids, answer), framing);
    this.revokes.send((items, answer) => link.revoke(items, answer), framing);
    this.forgets.send((ids, answer) => link.forget(ids, answer), framing);
    // One by one: nobody is to be refused because of what another one asks for.
    this.controls.send((items, answer) => link.control(items, answer), framing, 1);
    this.lists.send((queries, answer) => link.list(queries, answer), framing);
  }

  /** Gives all of them up. @param describe what is told, by the task that a question is about */
  fail(describe: (about: string | null) => Error): void {
    this.gets.fail(describe);
    this.asides.fail(describe);
    this.revokes.fail(describe);
    this.forgets.fail(describe);
    this.controls.fail(describe);
    this.lists.fail(describe);
  }
}
