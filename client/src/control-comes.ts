/** `app.control` in a page: its code comes with the first command. */
import type { Control, controlOf as ControlOf } from './control.ts';

export const controlOf: typeof ControlOf = (send) => {
  const command = (name: string) => {
    return async (...given: readonly unknown[]): Promise<unknown> => {
      const control = (await import('./rest.ts')).controlOf(send);
      const method: unknown = Reflect.get(control, name);
      if (typeof method === 'function') return Reflect.apply(method, control, given);
      throw new TypeError(`app.control.${name} is not a function`);
    };
  };
  // Each of its methods gives a promise.
  return new Proxy({} as Control, {
    get: (_, name) => (typeof name === 'string' && name !== 'then' ? command(name) : undefined),
  });
};
