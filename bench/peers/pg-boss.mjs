/** pg-boss, with its notifications and batches. A result is a row to be asked for: its worker tells which jobs it has run. */
import { PgBoss } from 'pg-boss';
import { inOneStatement, listenTo, openTelling } from './told.mjs';

async function open(url) {
  const boss = new PgBoss({ connectionString: url, max: 10, schedule: false, useListenNotify: true });
  boss.on('error', (error) => process.stderr.write(`${error.stack}\n`));
  await boss.start();
  for (const name of ['served', 'nobody']) await boss.createQueue(name, { notify: true });
  return boss;
}

export async function startWorker({ url, batchSize }) {
  const boss = await open(url);
  const { port, tell } = await openTelling();
  const options = { batchSize, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };
  await boss.work('served', options, async (jobs) => {
    for (const { data } of jobs) tell(data.value);
  });
  return { told: port };
}

export async function startCaller({ url, told }) {
  const ended = told === undefined ? undefined : await listenTo(told);
  const boss = await open(url);
  const addServed = inOneStatement((jobs) => boss.insert('served', jobs));
  const addUnserved = inOneStatement((jobs) => boss.insert('nobody', jobs));
  let made = 0;
  return {
    call: async () => {
      const value = made++;
      const end = ended(value);
      await addServed({ data: { value } });
      await end;
    },
    accept: (value) => addUnserved({ data: { value } }),
  };
}
