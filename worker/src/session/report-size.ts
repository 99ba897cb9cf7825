import { type Outcome, type ProgressItem, payloadSize, type SettledItem } from '@celeriac/protocol/internal';

/** Length of a report in a frame, nearly, in UTF-16 units. */
export function sizeOfReport([nonce, id, , outcome, children = []]: SettledItem): number {
  const own = nonce.length + id.length + sizeOfOutcome(outcome);
  return children.reduce((size, child) => size + child.length + 3, own);
}

export function sizeOfProgress([nonce, state, meta]: ProgressItem): number {
  return nonce.length + state.length + payloadSize(meta) + 10;
}

function sizeOfOutcome(outcome: Outcome): number {
  let size = 40;
  for (const part of outcome) {
    if (typeof part === 'string') size += part.length;
    else if (Array.isArray(part)) for (const text of part) size += String(text).length;
  }
  return size;
}
