import { UsageError } from '@celeriac/protocol';
import { errorOf } from '@celeriac/protocol/calling';
import type { WireTaskOptions } from '@celeriac/protocol/internal';
import type { HostedTask } from '../hosting.ts';
import { CodeComes } from '../values/code-comes.ts';
import type { Serializers } from '../values/serializers.ts';
import type { ApplyOptions } from './apply-options.ts';
import type { Routes } from './routes.ts';

export interface SharedByTasks {
  readonly routes: Routes;
  /** Of every task that does not say otherwise. */
  readonly tasks: WireTaskOptions;
  /** What writes the arguments of calls that nothing else decides for. */
  readonly serializer: string;
}

/** What an app knows of tasks: of those defined on it by their definitions, of all others by its routes. */
export class KnownTasks {
  readonly serializers: Serializers;
  readonly #shared: SharedByTasks;
  readonly #hosted = new Map<string, HostedTask>();
  readonly #coming = new Map<string, Promise<HostedTask>>();
  readonly #failed = new Map<string, Error>();

  constructor(shared: SharedByTasks, serializers: Serializers) {
    this.#shared = shared;
    this.serializers = serializers;
  }

  /** Those that are defined here. */
  get hosted(): ReadonlyMap<string, HostedTask> {
    return this.#hosted;
  }

  /** What writes the arguments of calls that nothing else decides for. */
  get serializer(): string {
    return this.#shared.serializer;
  }

  /** A task whose definition is read when the code that does that has come. @throws UsageError for a name that is taken */
  expect(name: string, come: () => Promise<HostedTask>): Promise<HostedTask> {
    this.#checkName(name);
    const coming = come();
    this.#coming.set(name, coming);
    coming.catch((error: unknown) => {
      this.#failed.set(name, errorOf(error));
      this.#coming.delete(name);
    });
    return coming;
  }

  /** @throws what its definition failed with */
  checkRead(name: string): void {
    const failure = this.#failed.get(name);
    if (failure !== undefined) throw failure;
  }

  /**
   * @returns the task as this app hosts it
   * @throws UsageError when its name is taken, OptionError when there is no such serializer
   */
  add(defined: HostedTask): HostedTask {
    const { name } = defined.definition;
    const task = this.#routed(defined);
    this.#coming.delete(name);
    this.#checkName(name);
    this.serializers.check(task.serializer ?? this.serializer, `app.task('${name}')`);
    this.#hosted.set(name, task);
    return task;
  }

  get(name: string): HostedTask | undefined {
    if (this.#coming.size + this.#failed.size > 0) this.#expected(name);
    return this.#hosted.get(name);
  }

  /** What the gateway is told of a task before its first call; `undefined` where it is not defined here. */
  definitionOf(name: string): WireTaskOptions | undefined {
    const task = this.#hosted.get(name);
    if (task === undefined) return undefined;
    // A route that depends on the call stands above the app's options, so both travel with the call.
    const depends = this.#shared.routes.ofName(name) === 'undecided';
    return depends ? task.definition.options : { ...this.#shared.tasks, ...task.definition.options };
  }

  /** @returns what has to travel with the call, because no definition from here says it, and what writes the arguments */
  routeOf(
    name: string,
    args: readonly unknown[],
    options?: ApplyOptions,
  ): readonly [route: WireTaskOptions | undefined, serializer: string | undefined] {
    const { routes, tasks } = this.#shared;
    const hosted = this.get(name);
    if (hosted !== undefined && routes.ofName(name) !== 'undecided') return [undefined, hosted.serializer];
    const route = routes.ofCall(name, args, options);
    if (hosted === undefined) return [route?.options, route?.serializer];
    return [{ ...tasks, ...route?.options }, hosted.serializer ?? route?.serializer];
  }

  /** What writes the arguments of a link that does not say. */
  serializerOfLink(name: string): string | undefined {
    const hosted = this.get(name);
    return hosted === undefined ? this.#shared.routes.ofLink(name)?.serializer : hosted.serializer;
  }

  #expected(name: string): void {
    const coming = this.#coming.get(name);
    if (coming !== undefined) throw new CodeComes(coming);
    this.checkRead(name);
  }

  #checkName(name: string): void {
    if (this.#hosted.has(name) || this.#coming.has(name))
      throw new UsageError(`two tasks of this app have the name '${name}'`);
  }

  /** A route that depends on the name alone is written into the definition, below the task's own options. */
  #routed(task: HostedTask): HostedTask {
    const route = this.#shared.routes.ofName(task.definition.name);
    if (route === undefined || route === 'undecided') return task;
    return {
      ...task,
      definition: { ...task.definition, options: { ...route.options, ...task.definition.options } },
      serializer: task.serializer ?? route.serializer,
    };
  }
}
