export {
  MAX_NAME_LENGTH,
  MAX_TOKEN_LENGTH,
  MIN_KEY_LENGTH,
  TOKEN_AUDIENCE,
  TOKEN_ISSUER,
  type TokenLimits,
} from './claims.ts';
export { mintToken, type TokenRequest } from './mint-token.ts';
export {
  admin,
  call,
  everything,
  faultOfScope,
  queue,
  read,
  readOwn,
  revoke,
  revokeOwn,
  SCOPE_VERBS,
  type Scope,
  type ScopeVerb,
  type TaskHandle,
  type TaskNames,
  work,
} from './scope.ts';
export type { SigningKey } from './signing-key.ts';
export { TokenError } from './token-error.ts';
