import type { AsyncResult } from '@celeriac/client';
import { useMemo, useSyncExternalStore } from 'react';
import { Dots, stateWords } from '../burst/dots.tsx';
import { followBurst } from '../burst/follow.ts';
import { type Tally, tallyOf } from './tally.ts';
import { ROUND } from './workload.ts';

/** The round as it is seen here, call by call, and what it adds up to. */
export function Proof({ results }: { readonly results: readonly AsyncResult<number>[] }) {
  const { subscribe, get } = useMemo(
    () =>
      followBurst(results, (views) => ({
        states: views.map(({ known, state }) => (known ? state : 'UNSENT')),
        tally: tallyOf(views),
      })),
    [results],
  );
  const { states, tally } = useSyncExternalStore(subscribe, get);
  const places = Array.from({ length: ROUND }, (_, n) => states[n] ?? 'NONE');
  return (
    <>
      <dl className="counters">
        <Counter name="sent" value={tally.sent} />
        <Counter name="accepted, on disk" value={tally.accepted} />
        <Counter name="ended as expected" value={tally.right} />
        <Counter name="run again after a lost worker" value={tally.runAgain} />
        <Counter name="lost" value={tally.lost + tally.wrong} loud />
      </dl>
      <Dots states={places} label={states.length === 0 ? 'nothing sent yet' : stateWords(states)} />
      <p className="verdict" role="status" data-verdict={verdictOf(tally)}>
        {verdictText(tally)}
      </p>
    </>
  );
}

interface CounterProps {
  readonly name: string;
  readonly value: number;
  readonly loud?: boolean;
}

function Counter({ name, value, loud = false }: CounterProps) {
  return (
    <div className="counter" data-loud={loud}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function verdictOf({ sent, right, lost, wrong }: Tally): 'none' | 'open' | 'kept' | 'broken' {
  if (lost + wrong > 0) return 'broken';
  if (sent === 0) return 'none';
  return right === sent ? 'kept' : 'open';
}

function verdictText(tally: Tally): string {
  const { sent, right } = tally;
  switch (verdictOf(tally)) {
    case 'none':
      return `Number n returns n. So ${ROUND} answers have to add up to ${sumTo(ROUND)}, whatever breaks meanwhile.`;
    case 'open':
      return `${sent - right} on their way`;
    case 'kept':
      return `Nothing is lost, nothing counted twice: ${sent} answers add up to ${sumTo(sent)}.`;
    case 'broken':
      return `${tally.lost} lost, ${tally.wrong} with a wrong result`;
  }
}

/** 0 + 1 + … + (n - 1), as it is read. */
function sumTo(n: number): string {
  return ((n * (n - 1)) / 2).toLocaleString('en');
}
