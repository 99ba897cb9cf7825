// An operator's page without the page: a feed of tasks and one of events. Prints a line when both are live, and reads until it is ended.
import { app } from './tasks.ts';

const tasks = app.monitor.tasks();
const events = app.monitor.events();
let told = false;
const look = (): void => {
  if (told || !tasks.get().live || !events.get().live) return;
  told = true;
  console.log('live');
};
tasks.subscribe(look);
events.subscribe(look);
