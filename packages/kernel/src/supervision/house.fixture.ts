import { defineFaults, fault, severity } from '../faults/index.ts';
import { Signals } from '../signals/index.ts';
import { SimulatedClock, seededRandom } from '../time/index.ts';
import type { ChildSpec, RunningChild, StopStep } from './child.ts';
import type { ExitReason } from './exit-reason.ts';
import type { RestartLimits } from './restart-decision.ts';
import type { Strategy } from './strategy.ts';
import { createSupervisor } from './supervisor.ts';
import type { SupervisorOptions } from './supervisor-options.ts';

export const faults = defineFaults('test', {
  BROKE: fault<{ what: string }>({
    category: 'test',
    severity: severity.ERROR,
    recovery: 'restart',
    message: ({ what }) => `${what} broke`,
  }),
});

export const limits: RestartLimits = {
  maxRestarts: 3,
  withinMs: 10_000,
  backoffMs: 100,
  maxBackoffMs: 1000,
};

/** A supervisor of children that the test moves by hand, and a log of what happened to them. */
export function house(options: Partial<SupervisorOptions> & { readonly names?: readonly string[] } = {}) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const log: string[] = [];
  const children = (options.names ?? ['a', 'b', 'c']).map((name) => puppet(name, log));
  const supervisor = createSupervisor({
    id: 'top',
    children: children.map(({ spec }) => spec),
    limits,
    random: seededRandom(1),
    ...options,
    clock,
    signals,
  });
  const byName = new Map(children.map((child) => [child.spec.id, child]));
  const child = (name: string) => byName.get(name) as Puppet;
  const take = () => log.splice(0).join(' ');
  const reports: { type: string; data: Record<string, unknown> }[] = [];
  signals.onAny(({ type, data }) => reports.push({ type, data: data as Record<string, unknown> }));
  return { clock, signals, supervisor, child, log, take, reports };
}

/** A house of a, b and c that is up, and a way to add more. */
export async function running(strategy: Strategy = 'one_for_one') {
  const rooms = house({ strategy });
  await rooms.supervisor.start();
  rooms.take();
  const visitor = (name: string, more: Partial<ChildSpec> = {}) => puppet(name, rooms.log, more);
  return { ...rooms, visitor };
}

export type Puppet = ReturnType<typeof puppet>;

/** A child that ends when told to: `obeys` its abort signal unless the test says otherwise. */
export function puppet(name: string, log: string[], more: Partial<ChildSpec> = {}) {
  let exit = Promise.withResolvers<ExitReason>();
  let up = 0;
  const state = {
    obeys: true,
    ready: undefined as (() => Promise<unknown>) | undefined,
    startError: undefined as unknown,
    escalation: undefined as readonly StopStep[] | undefined,
  };
  const end = (reason: ExitReason) => {
    up--;
    log.push(`-${name}`);
    exit.resolve(reason);
  };
  const spec: ChildSpec = {
    id: name,
    ...more,
    start({ signal }): RunningChild {
      if (state.startError !== undefined) {
        log.push(`!${name}`);
        throw state.startError;
      }
      up++;
      log.push(`+${name}`);
      exit = Promise.withResolvers<ExitReason>();
      signal.addEventListener('abort', () => {
        if (state.obeys) end({ kind: 'finished' });
      });
      const ready = state.ready?.();
      return {
        exited: exit.promise,
        ...(ready && { ready }),
        ...(state.escalation && { escalation: state.escalation }),
      };
    },
  };
  return {
    spec,
    state,
    end,
    fail: () => end({ kind: 'failed', fault: faults.BROKE({ what: name }) }),
    get up() {
      return up;
    },
  };
}
