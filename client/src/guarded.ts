/** What a listener throws is its own trouble: it is reported as uncaught, and whoever called it goes on. */
export function guarded<Value>(listener: (value: Value) => void): (value: Value) => void {
  return (value) => {
    try {
      listener(value);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
}
