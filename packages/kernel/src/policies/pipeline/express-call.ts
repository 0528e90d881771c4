import { currentOperation, type Operation } from '../../faults/index.ts';
import type { Attempt, Progress, RunAttempt, Work } from './attempt.ts';
import { changes, OPEN_GATE } from './gate.ts';
import type { Waiter } from './layer.ts';
import { LayeredCall } from './layered-call.ts';
import type { Passage } from './passage.ts';
import type { Plan } from './plan.ts';
import type { RunOptions } from './run-options.ts';
import { goOn, run } from './until-over.ts';

/**
 * A call that has passed all gates at once, and so will leave if nothing happens to it. As small as it can be: the work
 * gets it as its attempt, and most work asks nothing of that. For all that is not as usual it becomes a `LayeredCall`.
 */
export class ExpressCall implements Attempt, Passage, Waiter {
  readonly plan: Plan;
  readonly work: Work<unknown>;
  readonly options: RunOptions;
  readonly current: Operation | undefined;
  readonly began: number;
  place0 = 0;
  place1 = 0;
  isOver = false;
  interrupt: (() => void) | undefined = undefined;
  #layered: LayeredCall | undefined = undefined;

  constructor(plan: Plan, work: Work<unknown>, options: RunOptions) {
    this.plan = plan;
    this.work = work;
    this.options = options;
    this.current = options.operation ?? currentOperation();
    this.began = changes.count;
  }

  run(nowMs: number): Promise<unknown> {
    const { plan, work, options } = this;
    const { gate0, gate1, gate2, gate3, deadlines0, deadlines1 } = plan;
    gate0.active++;
    gate1.active++;
    gate2.active++;
    gate3.active++;
    if (deadlines0) this.place0 = deadlines0.add(this, nowMs);
    if (deadlines1) this.place1 = deadlines1.add(this, nowMs);

    let answer: unknown;
    try {
      answer = work(this);
      if (!(answer instanceof Promise) || this.#layered || (plan.abandons && options.signal)) {
        return run(this.layered, this.layered.take(answer));
      }
    } catch (error) {
      this.layered.onRejected(error);
      return run(this.layered);
    }
    let waiting: Promise<unknown> = answer;
    if (plan.abandons) {
      waiting = new Promise((resolve, reject) => {
        this.interrupt = reject;
        (answer as Promise<unknown>).then(resolve, reject);
      });
    }
    return waiting.then(
      (value) => {
        if (this.#leave()) return value;
        this.layered.onFulfilled(value);
        return goOn(this.layered);
      },
      (error) => {
        this.layered.onRejected(error);
        return goOn(this.layered);
      },
    );
  }

  /** Past the gates, if they know it. */
  #leave(): boolean {
    if (this.#layered || this.began !== changes.count) return false;
    const { gate0, gate1, gate2, gate3, deadlines0, deadlines1 } = this.plan;
    gate0.active--;
    gate0.successes = (gate0.successes + 1) | 0;
    gate1.active--;
    gate1.successes = (gate1.successes + 1) | 0;
    gate2.active--;
    gate2.successes = (gate2.successes + 1) | 0;
    gate3.active--;
    gate3.successes = (gate3.successes + 1) | 0;
    deadlines0?.remove(this.place0);
    deadlines1?.remove(this.place1);
    this.isOver = true;
    return true;
  }

  /** From where it is now, layer by layer. */
  get layered(): LayeredCall {
    // What leaves by hooks does not leave this one, which would be full after a thousand million calls.
    OPEN_GATE.active = 0;
    this.#layered ??= new LayeredCall(this.plan, this.work, this.options, this);
    return this.#layered;
  }

  // For the work: see Attempt. It is the first one.

  get number(): number {
    return 1;
  }

  get operation(): Operation {
    return this.layered.operation;
  }

  get signal(): AbortSignal {
    return this.#own.signal;
  }

  /** May be taken off it. */
  get progress(): (progress: Progress) => void {
    return this.#own.progress;
  }

  get #own(): RunAttempt {
    return this.layered.first as RunAttempt;
  }
}

/** Whether nothing stands in the way of a call. */
export function isExpress(plan: Plan, nowMs: number): boolean {
  const { express, gate0, gate1, gate2, gate3 } = plan;
  return (
    express &&
    gate0.active < gate0.limit &&
    nowMs < gate0.untilMs &&
    gate1.active < gate1.limit &&
    nowMs < gate1.untilMs &&
    gate2.active < gate2.limit &&
    nowMs < gate2.untilMs &&
    gate3.active < gate3.limit &&
    nowMs < gate3.untilMs
  );
}
