import { defineVerbGroup } from '../../verb.ts';
import { queuesVerb, workersVerb } from './queues-and-workers.ts';
import { NEEDS } from './show-rows.ts';
import { taskVerb } from './task.ts';
import { activeVerb, historyVerb, scheduledVerb } from './tasks.ts';

const EPILOGUE = `In tables times are relative to now, and lines are cut at the width of the terminal. With --json each
line is one complete object, with times in ISO 8601. ${NEEDS}

Examples:
  celeriac inspect workers
  celeriac inspect history --state FAILURE --json`;

/** Each command is in a file beside this one. */
export const inspectVerb = defineVerbGroup({
  name: 'inspect',
  summary: 'show workers, queues and tasks',
  verbs: [workersVerb, queuesVerb, activeVerb, scheduledVerb, historyVerb, taskVerb],
  epilogue: EPILOGUE,
});
