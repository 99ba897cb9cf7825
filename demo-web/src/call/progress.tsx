/** What the task says about its progress: a bar where it counts, else the text itself. */
export function Progress({ state, meta }: { readonly state: string; readonly meta: unknown }) {
  const share = readShare(meta);
  if (share === undefined) return <p className="outcome-line">{JSON.stringify(meta) ?? state}</p>;
  const { done, of } = share;
  return (
    <div className="progress">
      <progress value={done} max={of} aria-label="Progress" />
      <span className="progress-words">
        {done} of {of}
      </span>
    </div>
  );
}

function readShare(meta: unknown): { readonly done: number; readonly of: number } | undefined {
  if (typeof meta !== 'object' || meta === null || !('done' in meta) || !('of' in meta)) return undefined;
  const { done, of } = meta;
  return typeof done === 'number' && typeof of === 'number' && of > 0 ? { done, of } : undefined;
}
