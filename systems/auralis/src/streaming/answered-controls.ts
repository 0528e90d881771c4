import type { Clock } from '@sustain/kernel';
import type { ControlMessage } from './control.ts';

/**
 * The control messages of one listener that were carried out lately. One that is sent again, because its answer was lost,
 * gets the same answer again, and changes nothing twice. Holds 32 at most, each for 10 s.
 */
export class AnsweredControls {
  readonly #clock: Clock;
  readonly #answered = new Map<string, Answered>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What this message was answered already; undefined when it is new. */
  answerTo({ id, parameters }: ControlMessage): string | undefined {
    const known = id === undefined ? undefined : this.#answered.get(id);
    if (known === undefined || known.asked !== JSON.stringify(parameters)) return undefined;
    return this.#clock.monotonicMs() < known.untilMs ? known.answer : undefined;
  }

  add({ id, parameters }: ControlMessage, answer: string): void {
    if (id === undefined) return;
    this.#answered.delete(id);
    const untilMs = this.#clock.monotonicMs() + KEPT_MS;
    this.#answered.set(id, { asked: JSON.stringify(parameters), answer, untilMs });
    const [oldest] = this.#answered.keys();
    if (this.#answered.size > MOST && oldest !== undefined) this.#answered.delete(oldest);
  }
}

interface Answered {
  readonly asked: string;
  readonly answer: string;
  readonly untilMs: number;
}

const MOST = 32;
const KEPT_MS = 10_000;
