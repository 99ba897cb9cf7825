/** Entry point for our own packages: what a gateway checks in a token, and the command in a scope. */
export { MAX_NAME_LENGTH, MAX_TOKEN_LENGTH, MIN_KEY_LENGTH, TOKEN_AUDIENCE, TOKEN_ISSUER } from './claims.ts';
export { faultOfScope, SCOPE_VERBS } from './scope.ts';
