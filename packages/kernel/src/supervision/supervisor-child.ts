import { FOREVER } from '../options/index.ts';
import type { ChildSpec, RestartType } from './child.ts';
import { createSupervisor } from './supervisor.ts';
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
  const { id, restart } = options;
  checkSupervisorOptions(options);
  return {
    id,
    restart,
    startMs: FOREVER,
    shutdownMs: FOREVER,
    start(context) {
      const supervisor = createSupervisor({ ...context, ...options }, `${context.supervisor}/${id}`);
      context.signal.addEventListener('abort', supervisor.stop);
      return { exited: supervisor.exited, ready: supervisor.start(), supervisor };
    },
  };
}
