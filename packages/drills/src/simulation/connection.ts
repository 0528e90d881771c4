import { checkOption, WAIT } from '@sustain/kernel/options';
import type { Life } from './life.ts';
import type { Simulation } from './simulation.ts';

/** Whether the other side can be reached. Lost by the fault `disconnect`, or by the program. */
export interface Connection {
  readonly isUp: boolean;
  /** Loses it; it is back after `forMs`. Default 1000. */
  lose(forMs?: number): void;
  /** Calls `listener` as soon as it is lost. Answers the way to stop. */
  onLost(listener: () => void): () => void;
  /** Calls `listener` as soon as it is back. Answers the way to stop. */
  onBack(listener: () => void): () => void;
}

const DEFAULT_LOST_MS = 1000;

export function simulatedConnection(simulation: Simulation, life: Life): Connection {
  const lost = new Set<() => void>();
  const back = new Set<() => void>();
  let isUp = true;
  const listen = (to: Set<() => void>, listener: () => void) => {
    const own = () => listener();
    to.add(own);
    return () => void to.delete(own);
  };
  return {
    get isUp() {
      return isUp;
    },
    lose(forMs = DEFAULT_LOST_MS) {
      checkOption('forMs', forMs, WAIT);
      if (!isUp) return;
      isUp = false;
      simulation.note('connection lost');
      simulation.schedule(life, forMs, 'connection back', () => {
        isUp = true;
        for (const listener of [...back]) listener();
      });
      for (const listener of [...lost]) listener();
    },
    onLost: (listener) => listen(lost, listener),
    onBack: (listener) => listen(back, listener),
  };
}
