/** What the caller of a task may do, as far as its calls have to be judged by it. */
export interface CallerRights {
  /** Whose calls they are; `null` where that is not said. */
  readonly subject: string | null;
  /** To call a task of this name, by itself or linked to another one. */
  call(name: string): boolean;
  /** To choose this queue for a call, or a higher priority in it. */
  queue(name: string): boolean;
  /** To read the task with this id, which was called by this one. */
  read(id: string, caller: string | null): boolean;
  /** To be a worker of the queue. */
  work(queue: string): boolean;
  /** To call in the name of the task with this id, of this caller and queue. */
  family(id: string, caller: string | null, queue: string): boolean;
}
