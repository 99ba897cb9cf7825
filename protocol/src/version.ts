/** Which wire versions this code speaks. The test beside it pins the wire's shape to the number. */
export interface ProtocolRange {
  readonly min: number;
  readonly max: number;
}

export const PROTOCOL: ProtocolRange = { min: 1, max: 1 };

/** @returns the highest version both sides speak, or `undefined` */
export function agree(ours: ProtocolRange, theirs: ProtocolRange): number | undefined {
  const version = Math.min(ours.max, theirs.max);
  return version >= Math.max(ours.min, theirs.min) ? version : undefined;
}
