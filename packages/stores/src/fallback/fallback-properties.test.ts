import { DOWN, FlakyStore, SHAKY, STEADY } from '@sustain/drills/stores';
import { type Random, SimulatedClock, seededRandom } from '@sustain/kernel';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Store, storeFaults } from '../contract.ts';
import { memoryStore } from '../memory/index.ts';
import { loggingStore } from './applied-log.fixture.ts';
import { type Conflict, type ConflictRule, type FallbackStore, fallbackStore } from './index.ts';

interface Value {
  /** Of the write: no two have the same. */
  readonly n: number;
  readonly wallMs: number;
  readonly merged?: readonly number[];
}

const RULES: Readonly<Record<string, ConflictRule>> = {
  reject: 'reject',
  newest: { newest: (value) => (value as Value).wallMs },
  rebase: {
    rebase: ({ ours, theirs }) => {
      const [one, other] = [ours, theirs] as (Value | undefined)[];
      if (one === undefined || other === undefined) return undefined;
      return { n: 0, wallMs: one.wallMs, merged: [...(other.merged ?? [other.n]), one.n] };
    },
  },
};

interface Plan {
  readonly seed: number;
  readonly rule: keyof typeof RULES;
  readonly outages: number;
  readonly kills: number;
  readonly foreigners: number;
}

it('whatever the outages, kills and foreign writers: nothing acknowledged is lost, doubled or reordered, and no absence made up', async () => {
  const plan = fc.record({
    seed: fc.nat(),
    rule: fc.constantFrom(...Object.keys(RULES)),
    outages: fc.nat(4),
    kills: fc.nat(3),
    foreigners: fc.nat(2),
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

/** What a key that only this program writes may hold, as far as its writer can know. */
interface Belief {
  acknowledged: number | undefined;
  /** What names the last acknowledged write in a conflict: its number or operation id. */
  last: number | string | undefined;
  /** Of writes that nobody has answered, or whose outcome is unknown: they may have happened, or may still. */
  readonly doubtful: Set<number | undefined>;
}

class World {
  readonly #plan: Plan;
  readonly #random: Random;
  readonly #clock = new SimulatedClock();
  readonly #primary = loggingStore(this.#clock);
  readonly #spare: Store = memoryStore({ clock: this.#clock, name: 'spare' });
  readonly #beliefs = new Map<string, Belief>();
  readonly #acknowledged: { readonly key: string; readonly n: number }[] = [];
  readonly #deleted: { readonly key: string; readonly operationId: string }[] = [];
  readonly #killed: Life[] = [];
  readonly #inConflict: (number | string | undefined)[] = [];
  #life: Life;
  #lives = 0;
  #n = 0;
  #isOver = false;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#random = seededRandom(plan.seed);
    this.#life = this.#begin();
  }

  async run(): Promise<void> {
    const { outages, kills, foreigners } = this.#plan;
    const writers = [0, 1, 2].flatMap((at) => [this.#write(`own/${at}`), this.#write(`shared/${at}`)]);
    const troubles = [
      ...Array.from({ length: outages }, () => this.#outage()),
      ...Array.from({ length: kills }, () => this.#kill()),
      ...Array.from({ length: foreigners }, () => this.#foreigner()),
    ];
    await this.#clock.run(Promise.all([...writers, ...troubles]));
    this.#isOver = true;
    this.#life.primary.fates = STEADY;
    await this.#clock.advance(20_000);
    const state = this.#life.store.state();
    expect(state.state).toBe('primary');
    await this.#check();
    await this.#life.store.close();
    // What was killed may wait for ever for what it has asked.
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
      onConflict: RULES[this.#plan.rule] as ConflictRule,
      patienceMs: 100,
      probeEveryMs: 50,
      successes: 2,
      maxKnownEntries: 5,
    });
    primary.fates = this.#isOver ? STEADY : SHAKY;
    spare.fates = { ...STEADY, slow: 0.3 };
    const { promise: end, resolve } = Promise.withResolvers<'killed'>();
    return { store, primary, spare, end, killed: () => resolve('killed') };
  }

  #wait(mostMs: number): Promise<void> {
    return this.#clock.sleep(this.#random.next() * mostMs);
  }

  async #outage(): Promise<void> {
    await this.#wait(3000);
    this.#life.primary.fates = DOWN;
    await this.#wait(2000);
    this.#life.primary.fates = SHAKY;
  }

  async #kill(): Promise<void> {
    await this.#wait(4000);
    const { primary, spare, killed } = this.#life;
    const { fates } = primary;
    primary.isKilled = spare.isKilled = true;
    killed();
    this.#killed.push(this.#life);
    this.#life = this.#begin();
    this.#life.primary.fates = fates;
  }

  async #foreigner(): Promise<void> {
    for (let write = 0; write < 8; write++) {
      await this.#wait(800);
      const key = `shared/${Math.floor(this.#random.next() * 3)}`;
      if (this.#random.next() < 0.3) await this.#primary.store.delete(key);
      else await this.#primary.store.set(key, this.#value());
    }
  }

  #value(): Value {
    return { n: ++this.#n, wallMs: this.#clock.wallMs() };
  }

  /** The only writer of this program for the key: one write after the other. */
  async #write(key: string): Promise<void> {
    const belief: Belief = { acknowledged: undefined, last: undefined, doubtful: new Set() };
    this.#beliefs.set(key, belief);
    for (let step = 0; step < 16; step++) {
      await this.#wait(250);
      const drawn = this.#random.next();
      if (drawn < 0.35) await this.#read(key, belief);
      else if (drawn < 0.6) await this.#set(key, belief);
      else if (drawn < 0.75) await this.#compareAndSet(key, belief);
      else if (drawn < 0.87) await this.#touch(key, belief);
      else await this.#delete(key, belief);
    }
  }

  /** What it answers; `killed` when nobody does. A failure with nothing done is answered as `refused`. */
  async #ask<T>(work: (store: FallbackStore) => Promise<T>): Promise<T | 'killed' | 'refused' | 'unknown'> {
    try {
      return await Promise.race([work(this.#life.store), this.#life.end]);
    } catch (error) {
      if (storeFaults.OUTCOME_UNKNOWN.matches(error)) return 'unknown';
      if (storeFaults.STORE_UNAVAILABLE.matches(error)) return 'refused';
      throw error;
    }
  }

  async #read(key: string, belief: Belief) {
    const entry = await this.#ask((store) => store.get<Value>(key));
    if (typeof entry === 'string' || key.startsWith('shared/')) return entry;
    this.#believe(entry?.value.n, belief);
    return entry;
  }

  /**
   * That it is what was written last. Or that stands in a conflict: who begins while the primary is away, or was told that
   * an outcome is unknown, cannot tell its own of before from what others have written since.
   */
  #believe(n: number | undefined, { acknowledged, doubtful, last }: Belief): void {
    if ([acknowledged, ...doubtful].includes(n)) return;
    expect(this.#lives > 1 || doubtful.size > 0, `${last} was written last, and ${n} is there`).toBe(true);
    this.#inConflict.push(last);
  }

  async #set(key: string, belief: Belief): Promise<void> {
    const value = this.#value();
    const operationId = `set/${value.n}`;
    const set = () => this.#ask((store) => store.set(key, value, { operationId }));
    const isRepeated = this.#random.next() < 0.5;
    let result = await set();
    for (let tries = 0; isRepeated && tries < 3 && (result === 'unknown' || result === 'killed'); tries++) {
      this.#note(key, belief, value.n, result);
      await this.#wait(100);
      result = await set();
    }
    this.#note(key, belief, value.n, result);
  }

  async #compareAndSet(key: string, belief: Belief): Promise<void> {
    const entry = await this.#read(key, belief);
    if (typeof entry === 'string') return;
    await this.#wait(100);
    const value = this.#value();
    const result = await this.#ask((store) => store.compareAndSet(key, entry?.revision ?? 0, value));
    if (typeof result === 'string') return this.#note(key, belief, value.n, result);
    if (result.ok) return this.#note(key, belief, value.n, result.revision);
    // Of its own key only a doubtful write of its own can have come between, or a revision of a life before.
    if (key.startsWith('own/') && belief.doubtful.size === 0) expect(this.#lives).toBeGreaterThan(1);
  }

  /** Changes nothing. */
  async #touch(key: string, belief: Belief): Promise<void> {
    const entry = await this.#read(key, belief);
    if (typeof entry === 'string' || entry === undefined) return;
    await this.#ask((store) => store.touch(key, entry.revision, 3_600_000));
  }

  async #delete(key: string, belief: Belief): Promise<void> {
    const operationId = `delete/${++this.#n}`;
    const result = await this.#ask((store) => store.delete(key, { operationId }));
    if (result === true) {
      this.#deleted.push({ key, operationId });
      belief.last = operationId;
    }
    if (typeof result === 'string') this.#note(key, belief, undefined, result);
    else belief.acknowledged = undefined;
  }

  #note(key: string, belief: Belief, n: number | undefined, result: unknown): void {
    if (result === 'refused') return;
    if (result === 'killed' || result === 'unknown') {
      belief.doubtful.add(n);
      return;
    }
    belief.acknowledged = belief.last = n;
    if (n !== undefined) this.#acknowledged.push({ key, n });
  }

  async #check(): Promise<void> {
    const applied = this.#primary.applied.filter(({ key }) => !key.startsWith('.'));
    const numbers = applied.flatMap(({ value }) => (value as Value | undefined)?.n || []);
    expect(numbers, 'applied once').toHaveLength(new Set(numbers).size);

    const conflicts: Conflict[] = [];
    for (let after: string | undefined; ; ) {
      const page = await this.#clock.run(this.#life.store.conflicts({ after }));
      conflicts.push(...page.conflicts);
      after = page.next;
      if (after === undefined) break;
    }
    const recorded = new Set(conflicts.map(({ ours }) => (ours.value as Value | undefined)?.n));
    for (const { key, n } of this.#acknowledged) {
      expect(numbers.includes(n) || recorded.has(n), `${n} of ${key} is kept`).toBe(true);
    }
    for (const { key, operationId } of this.#deleted) {
      const isKept =
        applied.some((write) => write.key === key && write.value === undefined) ||
        conflicts.some((conflict) => conflict.operationId === operationId);
      expect(isKept, `${operationId} of ${key} is kept`).toBe(true);
    }
    for (const key of this.#beliefs.keys()) {
      const order = this.#acknowledged.filter((write) => write.key === key && numbers.includes(write.n));
      const ofKey = numbers.filter((n) => order.some((write) => write.n === n));
      expect(ofKey, `order of ${key}`).toEqual(order.map(({ n }) => n));
    }
    for (const [key, belief] of this.#beliefs) {
      if (!key.startsWith('own/')) continue;
      const entry = await this.#clock.run(this.#life.store.get<Value>(key));
      this.#believe(entry?.value.n, belief);
    }
    const operations = conflicts.map(({ operationId }) => operationId);
    for (const last of this.#inConflict) {
      expect(recorded.has(last as number) || operations.includes(`${last}`), `${last} is in a conflict`).toBe(
        true,
      );
    }
    if (this.#plan.foreigners === 0 && this.#plan.kills === 0) {
      expect(
        conflicts.filter(({ key }) => key.startsWith('own/') && this.#beliefs.get(key)?.doubtful.size === 0),
      ).toEqual([]);
    }
  }
}
