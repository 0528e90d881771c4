import { DOWN, FlakyStore, SHAKY, STEADY } from '@sustain/drills/stores';
import { type Random, SimulatedClock, seededRandom } from '@sustain/kernel';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ABSENT, type Revision, type Store, storeFaults } from '../contract.ts';
import { memoryStore } from '../memory/index.ts';
import { loggingStore } from './applied-log.fixture.ts';
import { type Conflict, type FallbackStore, fallbackStore } from './index.ts';

interface Plan {
  readonly seed: number;
  readonly outages: number;
  readonly kills: number;
  /** Records of others, under the keys of our logs. */
  readonly intrusions: number;
}

it('whatever the outages and kills: each acknowledged record of a log is in the primary once, or in a conflict', async () => {
  const plan = fc.record({
    seed: fc.nat(),
    outages: fc.nat(4),
    kills: fc.nat(3),
    intrusions: fc.constantFrom(0, 0, 6),
  });
  await fc.assert(
    fc.asyncProperty(plan, (plan) => new World(plan).run()),
    { numRuns: 220 },
  );
});

interface Life {
  readonly store: FallbackStore;
  readonly primary: FlakyStore;
  readonly spare: FlakyStore;
  readonly killed: () => void;
  readonly end: Promise<'killed'>;
}

interface RecordValue {
  /** Of the record: no two have the same. */
  readonly n: number;
}

/** A log that only one program writes, whose records are created while its head is as it was. */
interface Log {
  readonly name: string;
  next: number;
  /** The head's, as it was told in the life `toldIn`. */
  head: Revision | undefined;
  toldIn: number;
  /** Whether a write of the head was never answered: it may still happen. */
  isInDoubt: boolean;
}

class World {
  readonly #plan: Plan;
  readonly #random: Random;
  readonly #clock = new SimulatedClock();
  readonly #primary = loggingStore(this.#clock);
  readonly #spare: Store = memoryStore({ clock: this.#clock, name: 'spare' });
  readonly #logs: readonly Log[] = ['one', 'two', 'three'].map((name) => ({
    ...{ name, next: 0, head: undefined, toldIn: 0, isInDoubt: false },
  }));
  readonly #acknowledged: { readonly key: string; readonly n: number }[] = [];
  readonly #killed: Life[] = [];
  #life: Life;
  #lives = 0;
  #n = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#random = seededRandom(plan.seed);
    this.#life = this.#begin();
  }

  async run(): Promise<void> {
    const { outages, kills, intrusions } = this.#plan;
    const work = [
      ...this.#logs.map((log) => this.#write(log)),
      ...Array.from({ length: outages }, () => this.#outage()),
      ...Array.from({ length: kills }, () => this.#kill()),
      ...Array.from({ length: intrusions }, () => this.#intrude()),
    ];
    await this.#clock.run(Promise.all(work));
    this.#life.primary.fates = STEADY;
    await this.#clock.run(this.#life.store.settled());
    // Also what was under way all the time has arrived by then.
    await this.#clock.advance(20_000);
    await this.#check();
    await this.#life.store.close();
    for (const { store } of this.#killed) void store.close();
    await this.#clock.advance(10_000);
    expect(this.#clock.waitingTimers).toBe(0);
  }

  #begin(): Life {
    const random = seededRandom(`${this.#plan.seed}/${this.#lives++}`);
    const primary = new FlakyStore(this.#primary.store, this.#clock, random.fork('primary'));
    const spare = new FlakyStore(this.#spare, this.#clock, random.fork('spare'));
    const store = fallbackStore({
      ...{ primary, spare, random, clock: this.#clock, acceptLoss: true },
      ...{ onConflict: 'reject', patienceMs: 100, probeEveryMs: 50, successes: 2, maxKnownEntries: 5 },
      guards: 'ignore',
      knowsAbsent: (key) => this.#logs.some((log) => nextKey(log) === key),
      writtenOnce: (key) => key.startsWith('log/'),
    });
    primary.fates = SHAKY;
    spare.fates = { ...STEADY, slow: 0.3 };
    const { promise: end, resolve } = Promise.withResolvers<'killed'>();
    return { store, primary, spare, end, killed: () => resolve('killed') };
  }

  async #write(log: Log): Promise<void> {
    for (let step = 0; step < 24; step++) {
      await this.#wait(200);
      if (log.head === undefined || this.#random.next() < 0.25) await this.#writeHead(log);
      else await this.#append(log, log.head);
    }
  }

  async #writeHead(log: Log): Promise<void> {
    const life = this.#lives;
    const revision = await this.#ask((store) => store.set(`head/${log.name}`, { n: ++this.#n }));
    log.isInDoubt ||= revision === 'killed' || revision === 'unknown';
    log.head = typeof revision === 'string' ? undefined : revision;
    log.toldIn = life;
  }

  async #append(log: Log, head: Revision): Promise<void> {
    const [key, n] = [nextKey(log), ++this.#n];
    const guard = { key: `head/${log.name}`, revision: head };
    const result = await this.#ask((store) =>
      store.compareAndSet<RecordValue>(key, ABSENT, { n }, { guard }),
    );
    if (result === 'refused') return;
    if (result === 'guard lost') {
      // Nobody else writes heads. But a life knows nothing of what those before it have told.
      expect(log.isInDoubt || log.toldIn < this.#lives, `the guard of ${key} was lost`).toBe(true);
      log.head = undefined;
      return;
    }
    // What is in doubt may be there: the log goes on behind it.
    log.next++;
    if (typeof result === 'string') return;
    if (result.ok) this.#acknowledged.push({ key, n });
    else expect(this.#plan.intrusions, `${key} was free`).toBeGreaterThan(0);
  }

  /** What it answers, or why it does not. */
  async #ask<T>(work: (store: FallbackStore) => Promise<T>): Promise<T | Unanswered> {
    try {
      return await Promise.race([work(this.#life.store), this.#life.end]);
    } catch (error) {
      if (storeFaults.GUARD_LOST.matches(error)) return 'guard lost';
      if (storeFaults.OUTCOME_UNKNOWN.matches(error)) return 'unknown';
      if (storeFaults.STORE_UNAVAILABLE.matches(error)) return 'refused';
      throw error;
    }
  }

  #wait(mostMs: number): Promise<void> {
    return this.#clock.sleep(this.#random.next() * mostMs);
  }

  async #outage(): Promise<void> {
    await this.#wait(3000);
    this.#life.primary.fates = DOWN;
    await this.#wait(1500);
    this.#life.primary.fates = SHAKY;
  }

  async #kill(): Promise<void> {
    await this.#wait(3500);
    const { primary, spare, killed } = this.#life;
    primary.isKilled = spare.isKilled = true;
    killed();
    this.#killed.push(this.#life);
    this.#life = this.#begin();
    this.#life.primary.fates = primary.fates;
  }

  async #intrude(): Promise<void> {
    await this.#wait(3500);
    const log = this.#logs[Math.floor(this.#random.next() * this.#logs.length)] as Log;
    await this.#primary.store.compareAndSet(nextKey(log), ABSENT, { n: ++this.#n });
  }

  async #check(): Promise<void> {
    const applied = this.#primary.applied.filter(({ key }) => key.startsWith('log/'));
    const numbers = applied.map(({ value }) => (value as RecordValue).n);
    expect(numbers, 'applied once').toHaveLength(new Set(numbers).size);
    expect(applied, 'one record a key').toHaveLength(new Set(applied.map(({ key }) => key)).size);
    const conflicts = await this.#conflicts();
    const rejected = conflicts.map(({ ours }) => (ours.value as RecordValue).n);
    for (const { key, n } of this.#acknowledged) {
      const places = [numbers.includes(n), rejected.includes(n)].filter(Boolean);
      expect(places, `${n} of ${key} is in one place`).toHaveLength(1);
    }
    if (this.#plan.intrusions === 0) expect(conflicts).toEqual([]);
  }

  /** Those of logs. */
  async #conflicts(): Promise<Conflict[]> {
    const all: Conflict[] = [];
    for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
      const page = await this.#clock.run(this.#life.store.conflicts({ after }));
      all.push(...page.conflicts);
      after = page.next;
    }
    return all.filter(({ key }) => key.startsWith('log/'));
  }
}

type Unanswered = 'killed' | 'refused' | 'unknown' | 'guard lost';

function nextKey({ name, next }: Log): string {
  return `log/${name}/${String(next).padStart(4, '0')}`;
}
