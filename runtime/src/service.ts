/** One lifecycle for everything that lives longer than a call. */
export interface Service {
  /** Idempotent; resolves when the service works. */
  start(): Promise<void> | void;
  /** Idempotent; resolves when nothing of it runs any more. */
  stop(): Promise<void> | void;
}

/** Starts in order; when one fails, stops those already started and passes its error on. */
export async function startAll(services: readonly Service[]): Promise<void> {
  for (const [position, service] of services.entries()) {
    try {
      await service.start();
    } catch (error) {
      // Why it could not start is what its caller must hear, even if the others cannot stop either.
      await stopAll(services.slice(0, position)).catch(() => {});
      throw error;
    }
  }
}

/** Stops in reverse order. Every service is stopped even if one fails; the first failure is thrown at the end. */
export async function stopAll(services: readonly Service[]): Promise<void> {
  const failures: unknown[] = [];
  for (const service of [...services].reverse()) {
    try {
      await service.stop();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
