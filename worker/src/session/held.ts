/** What a hello says of the attempts that this worker holds, those that ended without an ack included. */
import {
  FRAME_SOFT_LIMIT,
  type HeldAttempt,
  jsonBytes,
  type ProgressItem,
  type SettledItem,
} from '@celeriac/protocol/internal';

export interface HeldReport {
  readonly held: readonly HeldAttempt[];
  /** Progress that the hello had no room for, to be sent after the welcome. */
  readonly untold: readonly ProgressItem[];
}

/** An attempt whose report is not acked is held as well: else the gateway would run it again before it hears how it ended. */
export function describeHeld(attempts: readonly HeldAttempt[], unacked: readonly SettledItem[]): HeldReport {
  const untold: ProgressItem[] = [];
  let roomLeft = FRAME_SOFT_LIMIT;
  const held = attempts.map((attempt): HeldAttempt => {
    const [id, number, nonce, started, progress] = attempt;
    if (progress === null) return attempt;
    roomLeft -= jsonBytes(attempt);
    if (roomLeft >= 0) return attempt;
    untold.push([nonce, ...progress]);
    return [id, number, nonce, started, null];
  });
  const ended = unacked.map(([nonce, id, number]): HeldAttempt => [id, number, nonce, true, null]);
  return { held: [...held, ...ended], untold };
}
