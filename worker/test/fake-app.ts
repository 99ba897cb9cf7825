/** An app made by hand, so that these tests depend on the contract of hosting alone. */

import type { TokenSource } from '@celeriac/client';
import { APP, type HostedApp, type HostedTask, Serializers } from '@celeriac/client/hosting';
import type { Arity } from '@celeriac/protocol';
import type { WireTaskOptions } from '@celeriac/protocol/internal';

export interface FakeTask {
  readonly bind?: boolean;
  readonly typing?: boolean;
  readonly arity?: Arity | null;
  readonly autoretryFor?: HostedTask['autoretryFor'];
  readonly dontAutoretryFor?: HostedTask['dontAutoretryFor'];
  readonly throws?: HostedTask['throws'];
  readonly handlers?: HostedTask['handlers'];
  readonly handlerTimeoutMs?: number;
  readonly serializers?: HostedTask['serializers'];
  readonly options?: WireTaskOptions;
}

export class FakeApp {
  readonly [APP]: HostedApp;
  readonly homes: { readonly url: string; readonly token: TokenSource }[] = [];
  closed = 0;
  readonly #tasks = new Map<string, HostedTask>();

  constructor(options: WireTaskOptions = {}, protocol = { min: 1, max: 1 }) {
    this[APP] = {
      protocol,
      options,
      tasks: this.#tasks,
      registeredErrors: new Map(),
      host: (home) => void this.homes.push(home),
      close: async () => void this.closed++,
    };
  }

  task(name: string, run: (...args: never[]) => unknown, given: FakeTask = {}): this {
    this.#tasks.set(name, fakeTask(name, run, given));
    return this;
  }
}

export function fakeTask(name: string, run: (...args: never[]) => unknown, given: FakeTask = {}): HostedTask {
  const { bind = false, typing = true, arity = null, options = {} } = given;
  const { autoretryFor = [], dontAutoretryFor = [], throws = [], handlers = {} } = given;
  const definedAt = new Error('defined').stack ?? '';
  return {
    definition: { name, options, arity, params: null },
    bind,
    run,
    typing,
    definedAt,
    autoretryFor,
    dontAutoretryFor,
    throws,
    handlers,
    handlerTimeoutMs: given.handlerTimeoutMs,
    serializers: given.serializers ?? new Serializers(),
    serializer: undefined,
  };
}
