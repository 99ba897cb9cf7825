/** The two things that the service does, without HTTP. */
import { add, app } from './tasks.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Resolves when the gateway has the task on its disk: from then on it is not lost, even if this process ends. */
export async function orderSum({ x, y }: { x: number; y: number }): Promise<Answer> {
  const res = add.delay(x, y);
  await res.accepted;
  return { status: 202, body: { id: res.id } };
}

export async function showSum(id: string): Promise<Answer> {
  const { known, state, result } = await app.AsyncResult<number>(id).refresh();
  if (!known) return { status: 404, body: { error: `there is no sum ${id}` } };
  if (result instanceof Error) return { status: 200, body: { id, state, error: result.message } };
  return { status: 200, body: { id, state, result } };
}
