import { defineVerbGroup } from '../../verb.ts';
import { concurrencyLimitVerb, rateLimitVerb } from './limits.ts';
import { orderVerbs } from './orders.ts';
import { revokeTokenVerb } from './revoke-token.ts';

const EPILOGUE = `Limits apply to all workers together, and stay until they are set to default. Needs a token with admin:control.

Examples:
  celeriac control rate-limit media.encode 100/m
  celeriac control concurrency-limit media.encode 4`;

/** Each command is in a file beside this one. */
export const controlVerb = defineVerbGroup({
  name: 'control',
  summary: 'change queues, tasks and workers while they run',
  verbs: [rateLimitVerb, concurrencyLimitVerb, ...orderVerbs, revokeTokenVerb],
  epilogue: EPILOGUE,
});
