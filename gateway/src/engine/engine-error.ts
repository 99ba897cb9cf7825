import { CeleriacError } from '@celeriac/protocol';

/** The store cannot be opened, or cannot go on. */
export class EngineError extends CeleriacError {
  override readonly name: string = 'EngineError';

  constructor(message: string, options?: ErrorOptions) {
    super('ENGINE_FAILED', message, options);
  }
}

export function closedError(): EngineError {
  return new EngineError('the task store is closed');
}
