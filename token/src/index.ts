/** Makes tokens. */
export type { TokenLimits } from './claims.ts';
export { mintToken, type TokenRequest } from './mint-token.ts';
export {
  admin,
  call,
  everything,
  queue,
  read,
  readOwn,
  revoke,
  revokeOwn,
  type Scope,
  type ScopeVerb,
  type TaskHandle,
  type TaskNames,
  work,
} from './scope.ts';
export type { SigningKey } from './signing-key.ts';
export { TokenError } from './token-error.ts';
