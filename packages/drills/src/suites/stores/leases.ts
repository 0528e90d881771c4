import { Signals, systemClock } from '@sustain/kernel';
import { acquireLease, type Lease, leaseFaults, type Store, storeFaults, withLease } from '@sustain/stores';
import { memoryStore } from '@sustain/stores/memory';
import { type DrillSubject, drill, type Scene } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { blockEventLoop } from '../../load/index.ts';
import { sourceOf } from '../source-of.ts';

/** Somebody who writes a plan, and may only while he has the lease for it. */
interface Planner extends DrillSubject {
  readonly store: Store;
  /** What was in the plan when the other one let go. */
  lastOfOther?: unknown;
}

const heldLease = sourceOf('packages/stores/src/lease/held-lease.ts');

export const guardLost = drill<Planner>({
  name: 'lease-taken-from-a-writer',
  fault: storeFaults.GUARD_LOST,
  kind: 'process',
  breaks: 'the lease of a writer is deleted, and another one takes it, while the first knows nothing of it',
  recovers: 'the store refuses the writes of the first, who gets in line again',
  notices: 'that somebody else has taken over',
  subject: plannerWithLease,
  async inject(planner, scene) {
    const { store } = planner;
    // In one turn, so that the first cannot have it again between them.
    const [, other] = await Promise.all([
      store.delete(LEASE),
      acquireLease(store, LEASE, { ttlMs: 5000, holder: 'other', random: scene.random }),
    ]);
    await store.set(PLAN, 'by the other', { guard: other.guard });
    const undo = async () => {
      planner.lastOfOther = (await store.get(PLAN))?.value;
      await other.release();
    };
    scene.inject(startInjection({ what: 'the lease is with another', undo }));
  },
  lastsMs: 30,
  limits: { detectMs: 500, recoveryMs: 800, restoreMs: 1500 },
  afterwards({ lastOfOther }) {
    if (lastOfOther !== 'by the other') throw new Error(`the plan of the other one became ${lastOfOther}`);
  },
  sabotage: {
    file: sourceOf('packages/stores/src/memory/memory-backend.ts'),
    replace: 'if (guard !== undefined && this.#stored(guard.key)?.revision !== guard.revision) {',
    by: 'if (false) {',
  },
});

export const leaseLost = drill<Planner & { untilHeld(): Promise<void> }>({
  name: 'lease-holder-blocked',
  fault: leaseFaults.LEASE_LOST,
  kind: 'load',
  breaks: 'the event loop of a lease holder stands still for longer than the lease lives',
  recovers: 'its work is ended before it does more, and begun anew when it has the lease again',
  notices: 'work that takes longer',
  subject(scene) {
    const store = memoryStore();
    let held = Promise.withResolvers<void>();
    return {
      drillable: true,
      signals: new Signals(),
      store,
      async use(signal) {
        const options = { ttlMs: 100, holder: 'planner', random: scene.random, signal };
        await withLease(store, LEASE, options, async (lease) => {
          held.resolve();
          for (let step = 0; step < 4; step++) {
            await systemClock.sleep(5, { signal });
            lease.signal.throwIfAborted();
          }
        });
        return 'full';
      },
      untilHeld() {
        held = Promise.withResolvers();
        return held.promise;
      },
      close: () => store.close(),
    };
  },
  async inject(planner) {
    await planner.untilHeld();
    blockEventLoop(150);
  },
  limits: { detectMs: 800, recoveryMs: 1000, restoreMs: 1000 },
  sabotage: {
    file: heldLease,
    replace: 'this.#abort.abort(leaseFaults.LEASE_LOST({ key, holder, token, reason }, { operationId }));',
    by: '',
  },
});

export const leaseNotAcquired = drill<Planner>({
  name: 'lease-held-by-another',
  fault: leaseFaults.LEASE_NOT_ACQUIRED,
  kind: 'load',
  breaks: 'somebody else has the lease for longer than anybody wants to wait',
  recovers: 'who waits is told in time, and gets the lease as soon as it is released',
  notices: 'that somebody else is busy with it',
  subject(scene) {
    const store = memoryStore();
    return {
      drillable: true,
      signals: new Signals(),
      store,
      async use(signal) {
        const options = { ttlMs: 2000, holder: 'planner', random: scene.random, maxWaitMs: 20, signal };
        await withLease(store, LEASE, options, ({ guard }) => store.set(PLAN, 'mine', { guard }));
        return 'full';
      },
      close: () => store.close(),
    };
  },
  async inject({ store }, scene) {
    const other = await acquireLease(store, LEASE, { ttlMs: 2000, holder: 'other', random: scene.random });
    const undo = () => other.release();
    scene.inject(startInjection({ what: 'the lease is with another', undo }));
  },
  lastsMs: 30,
  limits: { detectMs: 500, recoveryMs: 800, restoreMs: 800 },
  sabotage: {
    file: heldLease,
    replace: 'await handOver(this.#store, this.key, this.token, this.#id, ttlMs);',
    by: '',
  },
});

/** Keeps its lease from one use to the next, until the store says that it has it no longer. */
function plannerWithLease({ random }: Scene): Planner {
  const store = memoryStore();
  let lease: Lease | undefined;
  let uses = 0;
  return {
    drillable: true,
    signals: new Signals(),
    store,
    async use(signal) {
      lease ??= await acquireLease(store, LEASE, { ttlMs: 5000, holder: 'planner', random, signal });
      const plan = `mine ${++uses}`;
      try {
        await store.set(PLAN, plan, { guard: lease.guard });
      } catch (error) {
        void lease.release();
        lease = undefined;
        throw error;
      }
      const { value } = (await store.get(PLAN)) ?? {};
      if (value !== plan) throw new Error(`expected ${plan}, got ${value}`);
      return 'full';
    },
    async close() {
      await lease?.release();
      await store.close();
    },
  };
}

const LEASE = 'planning';
const PLAN = 'plan';
