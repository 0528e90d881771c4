/**
 * The program, or one life of a process, between its start and its crash. What belongs to a life that is over never
 * happens: its timers do not fire, its promises do not settle.
 */
export class Life {
  readonly name: string;
  state: 'running' | 'paused' | 'over' = 'running';

  constructor(name: string) {
    this.name = name;
  }
}

/** The answer to what a life that is over asks. A new one each time: who waits is then forgotten with it. */
export function never(): Promise<never> {
  return new Promise(() => undefined);
}
