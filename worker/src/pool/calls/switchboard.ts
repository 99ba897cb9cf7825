/**
 * One transport to the gateway that several share: what the bodies in threads and processes call goes over the connection of
 * their worker. Each gets a {@link Transport} of its own, an extension, and hears what is meant for it: of the tasks that it
 * submitted or watches, and of the streams that it reads.
 */

import type { OpenTransport, Transport, TransportEvents, TransportLoss } from '@celeriac/client/hosting';
import { CeleriacError } from '@celeriac/protocol';
import {
  CLIENT_FRAMES,
  type ClientWelcome,
  FRAME_ITEMS,
  isTerminal,
  type OneWayFrame,
  type Receipt,
  type Refusal,
  type SaidIn,
} from '@celeriac/protocol/internal';
import { chunksOf } from '@celeriac/runtime';
import { ListenersByTask } from './listeners-by-task.ts';
import { Numbers } from './numbers.ts';

type Passing = {
  readonly [Name in OneWayFrame]?: (from: TransportEvents, said: SaidIn<Name>) => void;
};

export class Switchboard {
  readonly #openTrunk: OpenTransport;
  readonly #extensions = new Set<TransportEvents>();
  /** Which extensions wait for the receipt of a task. */
  readonly #submits = new ListenersByTask<TransportEvents>();
  readonly #watches = new ListenersByTask<TransportEvents>();
  /** Streams by their number on the trunk: the extension, and its own number. */
  readonly #readers = new Numbers<TransportEvents>();
  readonly #feeds = new Numbers<TransportEvents>();
  #trunk: Transport | undefined;
  #welcome: ClientWelcome | undefined;
  /** The gateway goes down, and has asked to be left. */
  #leaving = false;

  /** How frames of an extension are changed before they go on: those with answers for it, and those with numbers. */
  readonly #frames: Passing = {
    submit: (from, items) => {
      for (const [id] of items) {
        this.#submits.add(id, from);
        this.#watches.add(id, from);
      }
      this.#trunk?.send('submit', items);
    },
    watch: (from, frame) => {
      for (const [id] of frame.tasks) this.#watches.add(id, from);
      this.#trunk?.send('watch', frame);
    },
    unwatch: (from, ids) => this.#unwatch(ids.filter((id) => this.#watches.remove(id, from))),
    openStreams: (from, items) => this.#trunk?.send('openStreams', this.#readers.opened(from, items)),
    tookChunks: (from, items) => this.#trunk?.send('tookChunks', this.#readers.about(from, items)),
    closeStreams: (from, numbers) =>
      this.#end('closeStreams', this.#readers, this.#readers.of(from, numbers)),
    openFeeds: (from, items) => this.#trunk?.send('openFeeds', this.#feeds.opened(from, items)),
    closeFeeds: (from, numbers) => this.#end('closeFeeds', this.#feeds, this.#feeds.of(from, numbers)),
  };

  constructor(openTrunk: OpenTransport) {
    this.#openTrunk = openTrunk;
  }

  /** Opens an extension. The first one dials. */
  readonly open: OpenTransport = (events) => {
    if (this.#leaving) this.#lost(LEFT);
    this.#extensions.add(events);
    if (this.#trunk === undefined) this.#dial();
    else if (this.#welcome !== undefined) queueMicrotask(() => this.#welcomeLate(events));
    return {
      send: (name, body) => {
        if (!this.#extensions.has(events)) return;
        const pass = this.#frames[name];
        if (pass === undefined) this.#trunk?.send(name, body);
        else pass(events, body);
      },
      ask: (name, body, answer) => this.#trunk?.ask(name, body, this.#ifOpen(events, answer)),
      close: () => this.#close(events),
    };
  };

  /** Closes the connection silently. */
  close(): void {
    this.#extensions.clear();
    this.#hangUp();
  }

  #dial(): void {
    this.#trunk = this.#openTrunk({
      welcome: (welcome) => {
        this.#welcome = welcome;
        for (const events of [...this.#extensions]) events.welcome(welcome);
      },
      receipts: (receipts) => this.#received(receipts),
      events: (items) => {
        this.#watches.share(items, idOf, (events, own) => events.events(own));
        for (const [id, , , state] of items) if (state !== null && isTerminal(state)) this.#watches.end(id);
      },
      snapshots: (items) => {
        this.#watches.share(
          items,
          ({ id }) => id,
          (events, own) => events.snapshots(own),
        );
        for (const { id, state } of items) if (isTerminal(state)) this.#watches.end(id);
      },
      streams: (items) => this.#readers.share(items, (events, own) => events.streams(own)),
      feeds: (items) => this.#feeds.share(items, (events, own) => events.feeds(own)),
      refused: (refusal) => this.#refused(refusal),
      goaway: (afterMs) => {
        this.#leaving = true;
        for (const events of [...this.#extensions]) events.goaway(afterMs);
      },
      lost: (loss) => this.#lost(loss),
    });
  }

  #welcomeLate(events: TransportEvents): void {
    if (this.#welcome !== undefined && this.#extensions.has(events)) events.welcome(this.#welcome);
  }

  #lost(loss: TransportLoss): void {
    const extensions = [...this.#extensions];
    this.#extensions.clear();
    this.#hangUp();
    for (const events of extensions) events.lost(loss);
  }

  #hangUp(): void {
    this.#trunk?.close();
    this.#trunk = undefined;
    this.#welcome = undefined;
    this.#leaving = false;
    this.#submits.clear();
    this.#watches.clear();
    this.#readers.clear();
    this.#feeds.clear();
  }

  #received(receipts: readonly Receipt[]): void {
    this.#submits.share(receipts, idOf, (events, own) => {
      events.receipts(own);
      // What was refused is not watched.
      for (const [id, accepted] of own) if (accepted === 0) this.#watches.remove(id, events);
    });
    for (const [id] of receipts) this.#submits.end(id);
  }

  /** A refusal about tasks concerns those who know them; any other concerns all. */
  #refused(refusal: Refusal): void {
    const { ids = [] } = refusal;
    const concerned = ids.length === 0 ? this.#extensions : ids.flatMap((id) => this.#watches.of(id));
    for (const events of new Set(concerned)) events.refused(refusal);
  }

  #close(events: TransportEvents): void {
    if (!this.#extensions.delete(events)) return;
    this.#submits.leave(events);
    this.#unwatch(this.#watches.leave(events));
    this.#end('closeStreams', this.#readers, this.#readers.of(events));
    this.#end('closeFeeds', this.#feeds, this.#feeds.of(events));
  }

  #unwatch(ids: readonly string[]): void {
    for (const run of chunksOf(ids, FRAME_ITEMS)) this.#trunk?.send('unwatch', run);
  }

  #end(
    name: 'closeStreams' | 'closeFeeds',
    open: Numbers<TransportEvents>,
    numbers: readonly number[],
  ): void {
    for (const number of numbers) open.end(number);
    for (const run of chunksOf(numbers, CLIENT_FRAMES[name].bound)) this.#trunk?.send(name, run);
  }

  #ifOpen<Answer>(events: TransportEvents, answer: (answer: Answer) => void): (answer: Answer) => void {
    return (given) => {
      if (this.#extensions.has(events)) answer(given);
    };
  }
}

const LEFT: TransportLoss = {
  reason: new CeleriacError('CONNECTION_LOST', 'the gateway asked this client to reconnect later'),
  refused: false,
  retryAfterMs: null,
};

function idOf([id]: readonly [id: string, ...rest: unknown[]]): string {
  return id;
}
