import { systemClock } from '@celeriac/runtime';
import { ManualClock } from '@celeriac/runtime/testing';

/** Beside real sockets: time moves by hand, and the turns of the event loop are its own. Starts now, as tokens do. */
export class TurningClock extends ManualClock {
  constructor() {
    super(Date.now());
  }

  override soon(callback: () => void): void {
    systemClock.soon(callback);
  }
}
