import { checkOption } from '../options/index.ts';
import type { ExitReason, HealthCheck, RestartType, RunningChild, StopStep } from '../supervision/index.ts';
import { type Link, type PortChild, PortSocket } from './child-port.ts';

/** What processes and threads have in common. */
export interface PortChildOptions<ToChild, FromChild> {
  /** Default `permanent`. */
  readonly restart?: RestartType;
  /** Whether a message says that it can work. Default: it can as soon as it runs. */
  readonly ready?: (message: FromChild) => boolean;
  /** How long it may take to become ready. Default 30 000. */
  readonly startMs?: number;
  /** Sent to ask it to stop. Default: none, its escalation begins at once. */
  readonly stopMessage?: ToChild;
  /** How long it has to exit after `stopMessage`. Default 2000. */
  readonly shutdownMs?: number;
  /** How long the system has to remove it, after all that can be done. Default 2000. */
  readonly killMs?: number;
  /** How it is found out that it hangs. Default: not at all. */
  readonly health?: HealthCheck;
}

/** One run of the child, that has just begun. */
export interface PortRun<ToChild> {
  readonly link: Link<ToChild>;
  readonly exited: Promise<ExitReason>;
  readonly escalation: readonly StopStep[];
  /** Called when there is something to talk to. */
  onUp(listener: () => void): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** A child whose runs are plugged into one port. `begin` begins a run; the signal is that which asks it to stop. */
export function portChild<ToChild, FromChild>(
  id: string,
  options: PortChildOptions<ToChild, FromChild>,
  graceTimesMs: Readonly<Record<string, number>>,
  begin: (signal: AbortSignal) => PortRun<ToChild>,
): PortChild<ToChild, FromChild> {
  const { stopMessage, restart = 'permanent', startMs = 30_000, shutdownMs = 2000, health } = options;
  for (const [name, timeMs] of Object.entries({ shutdownMs, ...graceTimesMs })) {
    checkOption(`${name} of ${id}`, timeMs, { least: 0, most: Number.MAX_SAFE_INTEGER });
  }
  const port = new PortSocket<ToChild, FromChild>(id);
  return {
    id,
    port,
    restart,
    startMs,
    shutdownMs: stopMessage === undefined ? 0 : shutdownMs,
    ...(health && { health }),
    start({ signal }): RunningChild {
      const run = begin(signal);
      const { link, exited, escalation } = run;
      void exited.then((reason) => port.unplug(link, reason));
      const ready = new Promise<void>((resolve) => {
        if (options.ready === undefined) run.onUp(resolve);
        run.onMessage((message) => {
          if (options.ready?.(message as FromChild)) resolve();
          port.deliver(link, message as FromChild);
        });
      });
      run.onUp(() => port.plug(link));
      const ask = async () => {
        if (stopMessage !== undefined) await link.send(stopMessage, []);
      };
      // What cannot be asked is stopped by the escalation.
      signal.addEventListener('abort', () => void ask().catch(() => undefined));
      return { exited, ready, escalation };
    },
  };
}
