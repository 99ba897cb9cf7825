/** What a gateway may say in a page: that which goes with calls, and more as the code comes that asks for it. */

import {
  FrameError,
  RECEIPT_TOLD,
  readShape,
  SESSION_ANSWERS,
  SESSION_TOLD,
  WATCH_ANSWERS,
  WATCH_TOLD,
} from '@celeriac/protocol/calling';
import type { readAnswer as readAnyAnswer, readTold as readAnythingTold } from '@celeriac/protocol/internal';

type Read = (value: unknown) => never;
export interface Words {
  readonly told?: Readonly<Record<string, { readonly read: (said: unknown, place: string) => unknown }>>;
  readonly answers?: Readonly<Record<string, (asked: never) => (value: unknown) => unknown>>;
}

let told: NonNullable<Words['told']> = { ...SESSION_TOLD, ...RECEIPT_TOLD, ...WATCH_TOLD };
let answers: NonNullable<Words['answers']> = { ...SESSION_ANSWERS, ...WATCH_ANSWERS };

export function learn(more: Words): void {
  told = { ...told, ...more.told };
  answers = { ...answers, ...more.answers };
}

export const readTold: typeof readAnythingTold = (name, said) => {
  const row = told[name];
  if (row === undefined) throw new FrameError(`expected no ${name}, nobody asked for them`);
  // The row is that of the name.
  return row.read(said, name) as never;
};

export const readAnswer: typeof readAnyAnswer = (name, asked, said) =>
  readShape(answers[name]?.(asked as never) as Read, said, name);
