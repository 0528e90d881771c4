import type { Clock } from '@sustain/kernel';
import { type Injection, startInjection } from '../../injection/index.ts';
import type { Gate, ScriptEntry, Step } from './step.ts';

export interface ScriptOptions<Route extends string> {
  /** The one route that it is for. Default: all. */
  readonly route?: Route | undefined;
  /** Its hard end, 1 to 600,000 ms. Default 30,000. */
  readonly maxMs?: number | undefined;
}

/** A step that was taken for a request, and when its script ends. */
export interface Taken<Content> {
  readonly step: Step<Content>;
  readonly released: AbortSignal;
}

/** The scripts in effect. What a later one has steps for, an earlier one does not see. */
export class Scripts<Content, Route extends string> {
  readonly #peer: string;
  readonly #clock: Clock;
  readonly #active = new Set<ActiveScript<Content>>();
  readonly #injections = new Set<Injection>();

  constructor(peer: string, clock: Clock) {
    this.#peer = peer;
    this.#clock = clock;
  }

  /** In effect until the injection ends. */
  start(entries: readonly ScriptEntry<Content>[], options: ScriptOptions<Route>): Injection {
    const { route, maxMs } = options;
    const whats = entries.map(({ what }) => what).join('; ');
    const injection = startInjection({
      what: `${this.#peer}${route === undefined ? '' : `, ${route}`}: ${whats || 'nothing'}`,
      undo: () => {
        this.#active.delete(script);
        this.#injections.delete(injection);
        script.ended.abort();
      },
      maxMs,
      clock: this.#clock,
    });
    const script = this.add(entries, route);
    this.#injections.add(injection);
    return injection;
  }

  /** In effect as long as the peer. */
  add(entries: readonly ScriptEntry<Content>[], route?: Route): ActiveScript<Content> {
    const script: ActiveScript<Content> = {
      route,
      gates: entries.filter((entry) => isGate(entry)),
      steps: entries.flatMap((entry) => (isGate(entry) ? [] : [{ step: entry, left: entry.times ?? 1 }])),
      ended: new AbortController(),
    };
    this.#active.add(script);
    return script;
  }

  /** The gates that a request of the route passes, the outermost first. */
  gates(route: string): readonly Gate[] {
    return this.#of(route).flatMap(({ gates }) => gates);
  }

  /** The next step for a request of the route, which is thereby used. */
  take(route: string): Taken<Content> | undefined {
    for (const { steps, ended } of this.#of(route)) {
      const [first] = steps;
      if (first === undefined) continue;
      first.left--;
      if (first.left <= 0) steps.shift();
      return { step: first.step, released: ended.signal };
    }
    return undefined;
  }

  async end(): Promise<void> {
    await Promise.all([...this.#injections].map((injection) => injection.end()));
  }

  #of(route: string): readonly ActiveScript<Content>[] {
    return [...this.#active].filter((script) => (script.route ?? route) === route).reverse();
  }
}

interface ActiveScript<Content> {
  readonly route: string | undefined;
  readonly gates: readonly Gate[];
  readonly steps: { readonly step: Step<Content>; left: number }[];
  readonly ended: AbortController;
}

function isGate<Content>(entry: ScriptEntry<Content>): entry is Gate {
  return 'pass' in entry;
}
