import { type Random, seededRandom } from '@sustain/kernel';
import { EventQueue, type SimulatedEvent } from './event-queue.ts';
import type { FaultPlan } from './fault-plan.ts';
import { FaultSource } from './fault-source.ts';
import type { Invariant, InvariantOptions } from './invariant.ts';
import { Life } from './life.ts';
import type { Ending } from './simulation-result.ts';
import { Trace } from './trace.ts';

/** The options, checked. */
interface Settings {
  readonly maxEvents: number;
  readonly maxMs: number;
  readonly plan: FaultPlan | undefined;
  readonly calm: boolean;
}

/** Time, events, trace and verdict of one run. It does nothing by itself: see drive-simulation.ts. */
export class Simulation {
  nowMs = 0;
  /** How many events there were. */
  events = 0;
  /** Why it is over. */
  ending: Ending | undefined;
  readonly trace = new Trace();
  readonly random: Random;
  readonly faults: FaultSource;
  /** The program itself. */
  readonly root = new Life('program');
  readonly #queue = new EventQueue();
  readonly #order: Random;
  readonly #calm: boolean;
  readonly #maxEvents: number;
  readonly #maxMs: number;
  /** What fell due while its life was paused. */
  readonly #lateOf = new WeakMap<Life, SimulatedEvent[]>();
  readonly #always: Invariant[] = [];
  readonly #atEnd: Invariant[] = [];
  #arrived = 0;
  #isFinished = false;
  /** How many events wait that somebody has asked for. */
  #asked = 0;

  constructor(seed: number, { maxEvents, maxMs, plan, calm }: Settings) {
    this.random = seededRandom(seed);
    this.#order = this.random.fork('order');
    this.faults = new FaultSource(this.random, plan);
    this.#calm = calm;
    this.#maxEvents = maxEvents;
    this.#maxMs = maxMs;
  }

  /** Has `run` happen in `life`, unless that is over then. Events due at the same time happen in the order of the seed. */
  schedule(life: Life, delayMs: number, text: string, run: () => void, unasked = false): SimulatedEvent {
    const event: SimulatedEvent = {
      dueMs: this.nowMs + delayMs,
      chance: unasked || this.#calm ? 0 : this.#order.next(),
      order: this.#arrived++,
      text,
      life,
      unasked,
      run,
    };
    this.#queue.push(event);
    if (!unasked) this.#asked++;
    return event;
  }

  cancel(event: SimulatedEvent): void {
    if (!event.run) return;
    event.run = undefined;
    if (!event.unasked) this.#asked--;
  }

  /** A latency of `name`; the least of the span in a calm run. */
  latencyMs(name: string, span: { readonly leastMs: number; readonly mostMs: number }): number {
    return this.#calm ? span.leastMs : this.faults.latencyMs(name, span);
  }

  /** Adds a line to the trace that is no event. */
  note(text: string): void {
    this.trace.add(this.nowMs, `· ${text}`);
  }

  addInvariant(name: string, check: () => unknown, { when = 'always' }: InvariantOptions): void {
    (when === 'end' ? this.#atEnd : this.#always).push({ name, check });
  }

  /** The program has ended. */
  finish(): void {
    this.#isFinished = true;
  }

  /** Ends the run. What ended it first counts. */
  end(ending: Ending): void {
    this.ending ??= ending;
    this.root.state = 'over';
  }

  /** Something was rejected, and nobody handled it: also what held has failed then. */
  failUnhandled(error: unknown): void {
    if (this.ending?.state === 'held') this.ending = undefined;
    this.end({ state: 'failed', error });
  }

  /** After an event and all that follows from it at once: checks what must hold now. */
  settle(): void {
    if (this.ending) return;
    this.#check(this.#always);
    if (!this.#isFinished) return;
    this.#check(this.#atEnd);
    this.end({ state: 'held' });
  }

  /** Lets the next event happen; ends the run when there is none, or when it is too much. */
  fireNext(): void {
    const event = this.#takeNext();
    const { run } = event ?? {};
    if (!event || !run) {
      this.end({ state: 'stuck' });
    } else if (event.dueMs > this.#maxMs) {
      this.end({ state: 'endless', limit: `${this.#maxMs} ms` });
    } else if (this.events >= this.#maxEvents) {
      this.end({ state: 'endless', limit: `${this.#maxEvents} events` });
    } else {
      this.cancel(event);
      this.nowMs = Math.max(this.nowMs, event.dueMs);
      this.events++;
      this.trace.add(this.nowMs, event.text);
      try {
        run();
      } catch (error) {
        this.end({ state: 'failed', error });
      }
    }
  }

  /** Forgets what waits for a life that is paused, and is over now. */
  discard(life: Life): void {
    for (const event of this.#late(life).splice(0)) this.cancel(event);
  }

  /** What fell due while `life` was paused happens now, in the order in which it would have. */
  resume(life: Life): void {
    if (life.state !== 'paused') return;
    life.state = 'running';
    for (const event of this.#late(life).splice(0)) this.#queue.push(event);
  }

  /** The next event of a life that goes on; none when only faults that nobody asked for are left. */
  #takeNext(): SimulatedEvent | undefined {
    for (;;) {
      const event = this.#queue.pop();
      if (!event || (this.#asked === 0 && event.unasked)) return undefined;
      if (!event.run) continue;
      if (event.life.state === 'running') return event;
      if (event.life.state === 'paused') this.#late(event.life).push(event);
      else this.cancel(event);
    }
  }

  #late(life: Life): SimulatedEvent[] {
    const late = this.#lateOf.get(life) ?? [];
    this.#lateOf.set(life, late);
    return late;
  }

  #check(invariants: readonly Invariant[]): void {
    for (const { name, check } of invariants) {
      try {
        const holds = check();
        if (holds === false) throw new Error('it does not hold');
        if (holds instanceof Promise) throw new TypeError('it must be known at once; got a promise');
      } catch (error) {
        this.end({ state: 'violated', invariant: name, error, event: this.trace.last });
      }
    }
  }
}
