import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Signals } from '../signals/index.ts';
import { SimulatedClock, seededRandom } from '../time/index.ts';
import type { ChildSpec, RestartType, Supervisor } from './child.ts';
import type { ExitReason } from './exit-reason.ts';
import type { Strategy } from './strategy.ts';
import { childExited } from './supervision-signals.ts';
import { createSupervisor } from './supervisor.ts';

const limits = {
  maxRestarts: 6,
  withinMs: 5000,
  backoffMs: 50,
  maxBackoffMs: 400,
};
const SHUTDOWN_MS = 100;
const KILL_MS = 50;
const NAMES = 5;

interface Plan {
  readonly restart: RestartType;
  readonly readyMs: number;
  /** Which of its starts fail. */
  readonly failsToStart: readonly boolean[];
  readonly ignoresAbort: boolean;
}

type Deed =
  | { readonly do: 'add'; readonly name: number; readonly plan: Plan }
  | {
      readonly do: 'remove' | 'restart' | 'kill' | 'finish' | 'sicken';
      readonly name: number;
    }
  | { readonly do: 'wait'; readonly ms: number };

const anyPlan: fc.Arbitrary<Plan> = fc.record({
  restart: fc.constantFrom('permanent', 'permanent', 'transient', 'temporary'),
  readyMs: fc.constantFrom(0, 0, 20, 200),
  failsToStart: fc.array(fc.boolean(), { maxLength: 2 }),
  ignoresAbort: fc.boolean(),
});
const name = fc.nat(NAMES - 1);
const anyDeed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ do: fc.constant('add' as const), name, plan: anyPlan }),
  fc.record({
    do: fc.constantFrom('remove', 'restart', 'restart', 'kill', 'finish', 'sicken'),
    name,
  }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 0, 1, 70, 250, 1500, 6000) }),
);
const anyStory = fc.record({
  strategy: fc.constantFrom<Strategy>('one_for_one', 'one_for_all', 'rest_for_one', 'simple_one_for_one'),
  first: fc.array(anyPlan, { maxLength: 2 }),
  deeds: fc.array(anyDeed, { maxLength: 40 }),
});

test('whatever is added, removed, killed or sickens in any order: what runs is what the supervisor says', async () => {
  await fc.assert(
    fc.asyncProperty(anyStory, async ({ strategy, first, deeds }) => {
      const clock = new SimulatedClock();
      const signals = new Signals({ clock });
      const ward = new Ward(clock);
      const supervisor = createSupervisor({
        id: 'top',
        strategy,
        limits,
        clock,
        signals,
        random: seededRandom(1),
        children: first.map((plan, index) => ward.child(`first-${index}`, { ...plan, failsToStart: [] })),
      });
      const restartsMs: number[] = [];
      signals.on(childExited, ({ data, monotonicMs }) => {
        if (data.action === 'restart') restartsMs.push(monotonicMs);
      });
      const compare = () => {
        const { children } = supervisor.status();
        const said = children.filter(({ state }) => ['starting', 'running', 'stopping'].includes(state));
        expect(said.map(({ id }) => id).toSorted()).toEqual(ward.up().toSorted());
        expect(new Set(children.map(({ id }) => id)).size).toBe(children.length);
      };

      const asked: Promise<unknown>[] = [Promise.allSettled([supervisor.start()])];
      for (const deed of deeds) {
        if (deed.do === 'wait') {
          await clock.advance(deed.ms);
          compare();
        } else asked.push(Promise.allSettled(ward.carryOut(deed, supervisor)));
      }
      await clock.advance(0);
      compare();
      ward.sick.clear();
      await clock.advance(10_000);
      compare();
      await clock.run(Promise.all(asked), 0); // What was promised has come about.
      const { state, children } = supervisor.status();
      const arrived = children.every((child) => child.state === 'running' || child.state === 'ended');
      expect(arrived || state === 'exited').toBe(true); // Nobody waits for ever.
      const stopAtMs = clock.monotonicMs();
      await clock.run(supervisor.stop());

      const steps = strategy === 'simple_one_for_one' ? Math.min(children.length, 1) : children.length;
      expect(clock.monotonicMs() - stopAtMs).toBeLessThanOrEqual(steps * (SHUTDOWN_MS + KILL_MS));
      expect(ward.up()).toEqual([]);
      expect(ward.twice).toEqual([]);
      expect(clock.waitingTimers).toBe(ward.ownTimers);
      const crowded = restartsMs.filter(
        (atMs, i) =>
          (restartsMs[i + limits.maxRestarts] ?? Number.POSITIVE_INFINITY) - atMs < limits.withinMs,
      );
      expect(crowded).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

/** The children, and what becomes of them. */
class Ward {
  readonly #clock: SimulatedClock;
  readonly #up = new Map<string, (reason: ExitReason | Error) => void>();
  readonly sick = new Set<string>();
  /** Those of whom two ran at once. */
  readonly twice: string[] = [];
  /** Timers of the children's own. */
  ownTimers = 0;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  up(): string[] {
    return [...this.#up.keys()];
  }

  child(id: string, plan: Plan): ChildSpec {
    let starts = 0;
    return {
      id,
      restart: plan.restart,
      shutdownMs: SHUTDOWN_MS,
      health: { everyMs: 400, timeoutMs: 30, failures: 2, check: () => !this.sick.has(id) },
      start: ({ signal }) => {
        if (this.#up.has(id)) this.twice.push(id);
        const exited = Promise.withResolvers<ExitReason>();
        const end = (reason: ExitReason | Error) => {
          if (this.#up.get(id) !== end) return;
          this.#up.delete(id);
          if (reason instanceof Error) exited.reject(reason);
          else exited.resolve(reason);
        };
        this.#up.set(id, end);
        this.sick.delete(id);
        signal.addEventListener('abort', () => {
          if (!plan.ignoresAbort) end({ kind: 'finished' });
        });
        const apply = () => end(new Error('killed'));
        return {
          exited: exited.promise,
          ready: this.#begin(plan, starts++),
          escalation: [{ name: 'kill', graceMs: KILL_MS, apply }],
        };
      },
    };
  }

  async #begin({ readyMs, failsToStart }: Plan, start: number): Promise<void> {
    if (readyMs > 0) {
      this.ownTimers++;
      await this.#clock.sleep(readyMs);
      this.ownTimers--;
    }
    if (failsToStart[start]) throw new Error('start failed');
  }

  /** Answers what the supervisor has promised. */
  carryOut(deed: Exclude<Deed, { do: 'wait' }>, supervisor: Supervisor): Promise<unknown>[] {
    const id = `child-${deed.name}`;
    switch (deed.do) {
      case 'add':
        return [supervisor.add(this.child(id, deed.plan))];
      case 'remove':
        return [supervisor.remove(id)];
      case 'restart':
        supervisor.restart(id);
        return [];
      case 'kill':
        this.#up.get(id)?.(new Error('struck'));
        return [];
      case 'finish':
        this.#up.get(id)?.({ kind: 'finished' });
        return [];
      case 'sicken':
        this.sick.add(id);
        return [];
    }
  }
}
