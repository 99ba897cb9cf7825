import type { ResultView } from '@celeriac/client';
import type { ReactNode } from 'react';
import { taskAddress } from '../view/use-view.ts';

interface FactsProps {
  readonly view: ResultView;
  readonly args: readonly unknown[] | undefined;
}

/** What it was called with, where it ran, and whom it belongs to. */
export function TaskFactList({ view, args }: FactsProps) {
  const { id, queue, worker, retries, attempt, rootId, parentId, children, moreChildren } = view;
  return (
    <section className="panel" aria-labelledby="facts-title">
      <h3 id="facts-title">Facts</h3>
      <dl className="facts">
        <Fact name="Arguments">
          <pre>{args === undefined ? 'unknown' : argumentsText(args)}</pre>
        </Fact>
        <Fact name="Queue">{queue ?? 'none yet'}</Fact>
        <Fact name="Worker">{worker ?? 'none'}</Fact>
        <Fact name="Attempt">
          {attempt}, after {retries} {retries === 1 ? 'retry' : 'retries'}
        </Fact>
        <Fact name="Called by">
          {parentId === null ? 'nobody: it is the first call' : <TaskLink id={parentId} />}
        </Fact>
        {rootId !== null && rootId !== id && (
          <Fact name="First of its family">
            <TaskLink id={rootId} />
          </Fact>
        )}
        {children.length > 0 && (
          <Fact name="Calls that it made">
            <ul>
              {children.map((child) => (
                <li key={child}>
                  <TaskLink id={child} />
                </li>
              ))}
            </ul>
            {moreChildren && <p>and more, which are not kept</p>}
          </Fact>
        )}
      </dl>
    </section>
  );
}

const SHORT = 60;

/** In one line while it is short. */
function argumentsText(args: readonly unknown[]): string {
  const line = JSON.stringify(args);
  return line.length <= SHORT ? line : JSON.stringify(args, null, 2);
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function TaskLink({ id }: { readonly id: string }) {
  return (
    <a className="task-id" href={taskAddress(id)}>
      {id}
    </a>
  );
}
