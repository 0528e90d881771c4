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
  maxRestarts: 4,
  withinMs: 5000,
  backoffMs: 50,
  maxBackoffMs: 400,
};
const SHUTDOWN_MS = 100;
const KILL_MS = 100;

interface Plan {
  readonly restart: RestartType;
  /** How long each start takes, and whether it then fails. The first start never does. */
  readonly readyMs: readonly number[];
  readonly failsToStart: readonly boolean[];
  readonly ignoresAbort: boolean;
  readonly survivesKill: boolean;
}

const steady: Plan = {
  restart: 'permanent',
  readyMs: [0],
  failsToStart: [],
  ignoresAbort: false,
  survivesKill: false,
};

type Blow =
  | { readonly kind: 'fail' | 'finish' | 'restart'; readonly child: number }
  | { readonly kind: 'wait'; readonly ms: number };

const anyPlan: fc.Arbitrary<Plan> = fc.record({
  restart: fc.constantFrom('permanent', 'permanent', 'transient', 'temporary'),
  readyMs: fc.array(fc.constantFrom(0, 0, 5, 300), { minLength: 1, maxLength: 4 }),
  failsToStart: fc.array(fc.boolean(), { maxLength: 3 }),
  ignoresAbort: fc.boolean(),
  survivesKill: fc.constantFrom(false, false, false, true),
});
const anyBlow: fc.Arbitrary<Blow> = fc.oneof(
  fc.record({ kind: fc.constantFrom('fail', 'fail', 'finish', 'restart'), child: fc.nat(4) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 60, 250, 1500, 6000) }),
);
const anyStory = fc.record({
  strategy: fc.constantFrom<Strategy>('one_for_one', 'one_for_all', 'rest_for_one'),
  plans: fc.array(anyPlan, { minLength: 1, maxLength: 5 }),
  blows: fc.array(anyBlow, { maxLength: 25 }),
  waitForStart: fc.boolean(),
});

test('whatever dies whenever: order, limits and the end hold', async () => {
  await fc.assert(
    fc.asyncProperty(anyStory, async ({ strategy, plans, blows, waitForStart }) => {
      const clock = new SimulatedClock();
      const signals = new Signals({ clock });
      const world = new World(clock, strategy);
      const actors = plans.map((plan, index) => new Actor(world, index, plan));
      const supervisor = createSupervisor({
        id: 'top',
        strategy,
        limits,
        clock,
        signals,
        random: seededRandom(1),
        children: actors.map(({ spec }) => spec),
      });
      const restartsMs: number[] = [];
      signals.on(childExited, ({ data, monotonicMs }) => {
        if (data.action === 'restart') restartsMs.push(monotonicMs);
      });

      const started = supervisor.start().catch(() => undefined);
      if (waitForStart) await clock.run(started);
      for (const blow of blows) {
        if (blow.kind === 'wait') await clock.advance(blow.ms);
        else actors[blow.child % actors.length]?.strike(blow.kind, supervisor);
      }
      world.stopping = true;
      const stopAtMs = clock.monotonicMs();
      await clock.run(supervisor.stop());

      expect(world.broken).toEqual([]);
      expect(clock.monotonicMs() - stopAtMs).toBeLessThanOrEqual(actors.length * (SHUTDOWN_MS + KILL_MS));
      expect(supervisor.status().state).toBe('exited');
      expect(clock.waitingTimers).toBe(world.ownTimers);
      expect(actors.filter(({ up, plan }) => up && !plan.survivesKill)).toEqual([]);
      const crowded = restartsMs.filter(
        (atMs, i) =>
          (restartsMs[i + limits.maxRestarts] ?? Number.POSITIVE_INFINITY) - atMs < limits.withinMs,
      );
      expect(crowded).toEqual([]);
      await clock.advance(10_000);
      expect(actors.filter(({ up, plan }) => up && !plan.survivesKill)).toEqual([]);
    }),
    {
      numRuns: 300,
      // One that was left behind, and is started again by hand, starts alone.
      examples: [
        [
          {
            strategy: 'one_for_all',
            plans: [
              steady,
              steady,
              { ...steady, restart: 'temporary', ignoresAbort: true, survivesKill: true },
              steady,
            ],
            blows: [
              { kind: 'fail', child: 0 },
              { kind: 'wait', ms: 6000 },
              { kind: 'restart', child: 2 },
              { kind: 'wait', ms: 0 },
            ],
            waitForStart: true,
          },
        ],
        // One that is not to come back is over when it was killed, whether it has ended or not: the next ones may start.
        [
          {
            strategy: 'rest_for_one',
            plans: [
              {
                ...steady,
                restart: 'temporary',
                failsToStart: [true],
                ignoresAbort: true,
                survivesKill: true,
              },
              steady,
            ],
            blows: [
              { kind: 'fail', child: 0 },
              { kind: 'wait', ms: 0 },
              { kind: 'restart', child: 0 },
              { kind: 'fail', child: 1 },
              { kind: 'wait', ms: 1500 },
            ],
            waitForStart: true,
          },
        ],
      ],
    },
  );
});

/** What the children see of each other; it notes the rules that were broken. */
class World {
  readonly clock: SimulatedClock;
  readonly strategy: Strategy;
  readonly actors: Actor[] = [];
  readonly broken: string[] = [];
  stopping = false;
  /** Timers of the children's own. */
  ownTimers = 0;

  constructor(clock: SimulatedClock, strategy: Strategy) {
    this.clock = clock;
    this.strategy = strategy;
  }

  onStart(actor: Actor): void {
    const note = (rule: string) => this.broken.push(`${actor.index} started: ${rule}`);
    const before = this.actors.slice(0, actor.index);
    if (actor.up && !actor.plan.survivesKill) note('two runs at once');
    if (before.some(({ wasReady, over }) => !wasReady && !over)) note('one before it has never been ready');
    const grouped = this.strategy !== 'one_for_one';
    // One that is started by hand may come up before the supervisor hears of another's end at the same moment.
    if (grouped && !actor.byHand && before.some(({ ready, up, over }) => !(ready && up) && !over))
      note('one before it is not ready');
    const after = this.actors.slice(actor.index + 1);
    const rest = after.some(({ up, plan }) => up && !plan.survivesKill);
    if (grouped && rest && !actor.byHand) note('one after it is still up');
  }

  onAbort(actor: Actor): void {
    const after = this.actors.slice(actor.index + 1);
    const all = this.stopping || this.strategy !== 'one_for_one';
    if (all && !actor.asked && after.some(({ up, plan }) => up && !plan.survivesKill)) {
      this.broken.push(`${actor.index} stopped before one after it`);
    }
  }
}

/** A child that ends when it is struck, and as its plan says. */
class Actor {
  readonly index: number;
  readonly plan: Plan;
  readonly spec: ChildSpec;
  up = false;
  ready = false;
  wasReady = false;
  /** Whether a restart of it alone was asked for, or its start has failed: it stops out of turn. */
  asked = false;
  /** Whether it did not even end when it was killed: for its supervisor it is over, though it is up. */
  left = false;
  /** Whether it was started again by hand, after it had ended: the others stay as they are. */
  byHand = false;
  #starts = 0;
  #end: (reason: ExitReason | Error) => void = () => undefined;

  constructor(world: World, index: number, plan: Plan) {
    this.index = index;
    this.plan = plan;
    world.actors.push(this);
    this.spec = {
      id: `child-${index}`,
      restart: plan.restart,
      shutdownMs: SHUTDOWN_MS,
      start: ({ signal }) => {
        world.onStart(this);
        const start = this.#starts++;
        const exited = Promise.withResolvers<ExitReason>();
        let ended = false;
        Object.assign(this, { up: true, ready: false, asked: false, byHand: false, left: false });
        const end = (reason: ExitReason | Error) => {
          if (ended) return;
          ended = true;
          this.up = false;
          this.ready = false;
          if (reason instanceof Error) exited.reject(reason);
          else exited.resolve(reason);
        };
        this.#end = end;
        signal.addEventListener('abort', () => {
          world.onAbort(this);
          if (!plan.ignoresAbort) end({ kind: 'finished' });
        });
        const becomeReady = async () => {
          const readyMs = plan.readyMs[start % plan.readyMs.length] ?? 0;
          if (readyMs > 0) {
            world.ownTimers++;
            await world.clock.sleep(readyMs);
            world.ownTimers--;
          }
          if (start > 0 && plan.failsToStart[start % plan.failsToStart.length]) {
            this.asked = true;
            throw new Error('start failed');
          }
          if (ended) return;
          this.ready = true;
          this.wasReady = true;
        };
        return {
          exited: exited.promise,
          ready: becomeReady(),
          escalation: [
            {
              name: 'kill',
              graceMs: KILL_MS,
              apply: () => {
                if (plan.survivesKill) this.left = true;
                else end(new Error('killed'));
              },
            },
          ],
        };
      },
    };
  }

  /** Whether it will not come back by itself. */
  get over(): boolean {
    const { restart } = this.plan;
    const isGone = !this.up || (this.left && restart === 'temporary');
    return isGone && restart !== 'permanent' && this.wasReady;
  }

  strike(kind: 'fail' | 'finish' | 'restart', supervisor: Supervisor): void {
    if (kind === 'restart') {
      const before = this.asked;
      this.asked = true;
      this.byHand = !this.up || this.left;
      this.asked = supervisor.restart(this.spec.id) || before;
    } else if (this.up) this.#end(kind === 'fail' ? new Error('struck') : { kind: 'finished' });
  }
}
