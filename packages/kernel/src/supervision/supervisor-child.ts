import type { ChildSpec, RestartType } from './child.ts';
import { Supervisor } from './supervisor.ts';
import { checkSupervisorOptions, type SupervisorOptions } from './supervisor-options.ts';

export interface SupervisorChildOptions extends SupervisorOptions {
  /** Default `permanent`. */
  readonly restart?: RestartType;
}

/**
 * A supervisor as the child of another. Every restart makes a new one, with all its children. Clock, random and
 * signals are those of the supervisor above unless given. It has all the time it needs to start and to stop: what
 * bounds both are the times of its children.
 */
export function supervisorChild(options: SupervisorChildOptions): ChildSpec {
  checkSupervisorOptions(options);
  return {
    id: options.id,
    restart: options.restart ?? 'permanent',
    startMs: Number.POSITIVE_INFINITY,
    shutdownMs: Number.POSITIVE_INFINITY,
    start({ signal, supervisor: above, clock, random, signals }) {
      const supervisor = new Supervisor({ clock, random, signals, ...options }, `${above}/${options.id}`);
      const ready = supervisor.start();
      signal.addEventListener('abort', () => void supervisor.stop(), { once: true });
      return { exited: supervisor.exited, ready, supervisor };
    },
  };
}
