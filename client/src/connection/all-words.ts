/** What a gateway may say, where all that reads it is at hand. */
export { readAnswer, readTold } from '@celeriac/protocol/internal';

export function learn(_more: object): void {}
