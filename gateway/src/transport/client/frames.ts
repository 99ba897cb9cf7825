import { CeleriacError } from '@celeriac/protocol';
import {
  type Answer,
  type ClientFrame,
  FrameError,
  type Refusal,
  TASK_ID_LENGTH,
} from '@celeriac/protocol/internal';
import type { Telemetry } from '../../events/telemetry.ts';
import type { Audit } from '../audit.ts';
import { toRefusal } from './client-refusals.ts';
import type { ClientSocket } from './client-socket.ts';
import { type RequestQueue, TooManyRequests } from './request-queue.ts';

type Tell = (refusal: Refusal) => void;

export interface FrameParts {
  readonly telemetry: Telemetry;
  readonly audit: Audit;
  readonly requests: RequestQueue;
  /** Whether what is heard now still counts. */
  readonly holds: () => boolean;
}

/**
 * The guarded decode point of one client: whatever it says is handled here, one frame after the other, and whatever is wrong
 * with it is told from here.
 */
export class Frames {
  readonly #socket: ClientSocket;
  readonly #parts: FrameParts;
  #begun: Promise<void> = Promise.resolve();

  constructor(socket: ClientSocket, parts: FrameParts) {
    this.#socket = socket;
    this.#parts = parts;
  }

  /** @param handle throws for a malformed frame before it waits for anything */
  read(name: ClientFrame, handle: () => void | Promise<void>): void {
    const tell: Tell = (refusal) => this.refuse(name, refusal);
    this.#begin(() => void handle()?.catch((error: unknown) => this.#failed(error, tell)), tell);
  }

  /**
   * @param answer what the client gave to be answered by
   * @param items what it asks about, as it came
   * @param handle as in {@link read}
   */
  answer<Value>(name: ClientFrame, answer: unknown, items: unknown, handle: () => Promise<Value>): void {
    // The client decides whether it asks for an answer; one that does not is malformed.
    if (typeof answer !== 'function') {
      this.read(name, () => {
        throw new FrameError('expected the frame to ask for an acknowledgement');
      });
      return;
    }
    const { audit, requests } = this.#parts;
    const reply = answer as (answer: Answer<Value>) => void;
    const tell: Tell = (refusal) => {
      audit.refused(refusal.code, name, idsIn(items));
      reply({ refused: refusal });
    };
    this.#begin(() => {
      const told = requests.counted(items, handle).then(
        (value) => reply({ ok: value }),
        (error: unknown) => this.#failed(error, tell),
      );
      told.catch((error: unknown) => this.#note(error));
    }, tell);
  }

  refuse(name: ClientFrame, refusal: Refusal): void {
    this.#parts.audit.refused(refusal.code, name, refusal.ids, refusal.ids?.length);
    this.#socket.emit('refused', refusal);
  }

  /**
   * Frames begin one after the other. A malformed one throws before it waits for anything, so that it has ended the connection
   * before the next one begins, also where both came at once.
   */
  #begin(handle: () => void, tell: Tell): void {
    this.#begun = this.#begun.then(() => {
      if (!this.#socket.connected || !this.#parts.holds()) return;
      try {
        handle();
      } catch (error) {
        this.#failed(error, tell);
      }
    });
  }

  #failed(error: unknown, tell: Tell): void {
    this.#note(error);
    const refusal = toRefusal(error);
    tell(refusal);
    if (refusal.code === 'BAD_FRAME' || error instanceof TooManyRequests) this.#socket.disconnect(true);
  }

  /** A refusal is sent to the client; any other error is a fault of the gateway, and reported to the operator. */
  #note(error: unknown): void {
    if (error instanceof CeleriacError) return;
    this.#parts.telemetry.emit('serviceFailed', { service: 'client session', error });
  }
}

/** What a question is about, where it says so: it has not been read yet. */
function idsIn(items: unknown): readonly string[] {
  if (!Array.isArray(items)) return [];
  const ids = items.slice(0, 100).map((item: unknown) => (Array.isArray(item) ? item[0] : item) as unknown);
  return ids.filter((id): id is string => typeof id === 'string' && id.length <= TASK_ID_LENGTH);
}
