import type { ChildContext, ChildSpec, RestartType } from './child.ts';
import type { ExitReason } from './exit-reason.ts';

export interface TaskOptions {
  /** Default `permanent`. */
  readonly restart?: RestartType;
  /** How long it may take to end after its signal aborts; then it is abandoned. Default 5000. */
  readonly shutdownMs?: number;
}

/**
 * A child that is an async function: it is ready at once, finishes when the function returns and fails when it
 * throws. It must end soon after `signal` aborts, since nothing can kill it; throwing the signal's reason is fine.
 */
export function task(
  id: string,
  work: (signal: AbortSignal, context: ChildContext) => Promise<unknown>,
  options: TaskOptions = {},
): ChildSpec {
  return { ...options, id, start: (context) => ({ exited: run(context) }) };

  async function run(context: ChildContext): Promise<ExitReason> {
    await work(context.signal, context);
    return { kind: 'finished' };
  }
}
