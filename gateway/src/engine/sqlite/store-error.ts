/** Says all there is to say: crosses the thread boundary as its message. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
