import type { Reason, TaskState, Waiting } from '@celeriac/protocol';
import { TASK_STATES } from '@celeriac/protocol';
import { HISTORY_HEAD, HISTORY_TAIL, isTerminal, TRANSITIONS } from '@celeriac/protocol/internal';

const MEANING: Readonly<Record<TaskState, string>> = {
  PENDING:
    'Waits. An id that the gateway does not know is shown as PENDING too; `res.known` tells the two apart.',
  STARTED: 'A worker runs the body. Only if starts are tracked, which is the default.',
  RETRY: 'Failed and will be tried again; the error is in `res.result`.',
  SUCCESS: 'Ended with a value.',
  FAILURE: 'Ended with an error.',
  REVOKED: 'Ended by `revoke()`, or by its expiry.',
  IGNORED: 'Ended by `throw new Ignore()`: no value, no handlers.',
};

const WHY: Readonly<Record<Reason, string>> = {
  submitted: 'the call was accepted',
  started: 'a worker began to run the body',
  completed: 'the body returned',
  error: 'the body threw, and is not retried',
  retry: 'the body called `self.retry()`, or threw an error that is retried',
  released: 'the worker gave it back; this does not count as a loss',
  'worker-lost': 'the worker died or stopped answering while it ran the task',
  'timed-out': 'a time limit ended it',
  revoked: 'somebody revoked it',
  expired: 'it had not begun when its expiry came',
  rejected: 'the body threw `Reject`',
  requeued: 'the body threw `Reject` with `requeue`',
  ignored: 'the body threw `Ignore`',
  poisoned: 'too many runs were lost with their workers',
};

const WAITING: Readonly<Record<Waiting, string>> = {
  due: 'it is not due yet: its countdown, ETA or retry delay',
  worker: 'no connected worker serves its queue and name',
  turn: 'other tasks are before it, or a concurrency limit holds it back',
  rate: 'a rate limit holds it back',
  pause: 'its queue is paused',
};

/** The page docs/states.md, drawn from the one table that the gateway builds transitions by. */
export function drawStates(): string {
  return `# States

<!-- Generated from protocol/src/state.ts by \`npm run docs:states\`. -->

A task is in exactly one state, and can change only as the table of reasons below says. Terminal states never change.

\`\`\`mermaid
stateDiagram-v2
${diagram().join('\n')}
\`\`\`

${rows(
  ['State', 'Terminal', 'Meaning'],
  TASK_STATES.map((state) => [`\`${state}\``, isTerminal(state) ? 'yes' : '', MEANING[state]]),
)}

A custom state set with \`self.updateState({ state: 'PROGRESS', meta })\` is what \`res.state\` shows while the task runs;
its meta is \`res.info\`. It fires \`progress\`, not \`state\`, and is not in \`history\`.

## Reasons

Each history entry is \`{ state, reason, at, attempt, worker }\`, in gateway time.

${rows(
  ['Reason', 'From', 'To', 'When'],
  TRANSITIONS.map(({ reason, from, to }) => [
    `\`${reason}\``,
    from.map((state) => (state === null ? '–' : `\`${state}\``)).join(' '),
    `\`${to}\``,
    WHY[reason],
  ]),
)}

If starts are not tracked, PENDING and RETRY may end directly: a task that is retried twice then has the history
PENDING, RETRY, RETRY, SUCCESS instead of PENDING, STARTED, RETRY, STARTED, RETRY, STARTED, SUCCESS.

Being scheduled, due or assigned adds no entry. A long history keeps its first ${HISTORY_HEAD} and last ${HISTORY_TAIL} entries, and
says how many it omitted.

## Why a task waits

\`snapshot.waiting\` of a PENDING or RETRY task:

${rows(
  ['Waiting', 'Because'],
  Object.entries(WAITING).map(([waiting, because]) => [`\`${waiting}\``, because]),
)}

A \`get({ timeout })\` of a second or more asks for this when three quarters of its time are over. A \`TimeoutError\` then has \`waiting\` and \`lacks\`,
and its message says the same in words.
`;
}

function diagram(): readonly string[] {
  const arrows = new Map<string, Set<Reason>>();
  for (const { from, reason, to } of TRANSITIONS) {
    for (const state of from) {
      // Untracked tasks take the same roads without the stop at STARTED; drawing both hides the picture.
      if ((state === 'PENDING' || state === 'RETRY') && !['started', 'revoked', 'expired'].includes(reason))
        continue;
      const arrow = `${state ?? '[*]'} --> ${to}`;
      arrows.set(arrow, (arrows.get(arrow) ?? new Set()).add(reason));
    }
  }
  const ends = TASK_STATES.filter(isTerminal).map((state) => `  ${state} --> [*]`);
  return [...[...arrows].map(([arrow, reasons]) => `  ${arrow}: ${[...reasons].join(', ')}`), ...ends];
}

function rows(head: readonly string[], body: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
