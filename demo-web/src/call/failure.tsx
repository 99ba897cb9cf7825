interface FailureProps {
  readonly error: unknown;
  readonly traceback: string | undefined;
}

/** An error with its causes, and the traceback for those who want it. */
export function FailureText({ error, traceback }: FailureProps) {
  const [first, ...causes] = chainOf(error);
  return (
    <div className="failure">
      <p className="outcome-line">{first === undefined ? 'ended without a reason' : titleOf(first)}</p>
      {causes.map((cause) => (
        <p className="cause" key={titleOf(cause)}>
          caused by {titleOf(cause)}
        </p>
      ))}
      {traceback !== undefined && (
        <details>
          <summary>Traceback</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has to without a mouse */}
          <pre tabIndex={0}>{traceback}</pre>
        </details>
      )}
    </div>
  );
}

const LONGEST_CHAIN = 8;

function chainOf(error: unknown): readonly Error[] {
  const chain: Error[] = [];
  for (let one = error; one instanceof Error && chain.length < LONGEST_CHAIN; one = one.cause)
    chain.push(one);
  return chain;
}

function titleOf({ name, message }: Error): string {
  return message === '' ? name : `${name}: ${message}`;
}
