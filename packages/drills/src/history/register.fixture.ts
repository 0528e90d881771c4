import type { Random } from '@sustain/kernel';
import type { Action, HistoryEvent, Outcome, Value } from './event.ts';
import { type OpenOperation, Recorder } from './recorder.ts';

export interface Simulation {
  readonly random: Random;
  readonly operations: number;
  readonly clients: number;
  readonly keys: number;
  /** The share of operations whose outcome the client never learns. */
  readonly unknown?: number;
  /** The share of operations that are surely not done. */
  readonly failed?: number;
}

export interface Simulated {
  readonly events: readonly HistoryEvent[];
  readonly final: ReadonlyMap<string, Value>;
}

/** An operation of a client: on its way, done, or (with nobody waiting for it) still on its way. */
interface InFlight {
  readonly action: Action;
  readonly open: OpenOperation;
  effect: (() => void) | undefined;
}

/**
 * What clients see of a register that works: one step after another, a random client asks, has its operation take
 * effect, or hears of it. Some outcomes get lost; their operations take effect later, after others, or never.
 */
export function simulateRegisters(simulation: Simulation): Simulated {
  const { random, operations, clients, keys, unknown = 0, failed = 0 } = simulation;
  const events: HistoryEvent[] = [];
  const registers = new Map<string, Value>();
  const forgotten: (() => void)[] = [];
  const pick = (below: number) => Math.floor(random.next() * below);
  const agents = Array.from({ length: clients }, (_, index) => {
    const append = (event: HistoryEvent) => void events.push(event);
    return {
      recorder: new Recorder({ client: `c${index}`, append }),
      now: undefined as InFlight | undefined,
    };
  });
  let asked = 0;
  while (asked < operations || agents.some(({ now }) => now !== undefined)) {
    if (forgotten.length > 0 && random.next() < 0.1) forgotten.splice(pick(forgotten.length), 1)[0]?.();
    const agent = agents[pick(clients)] as (typeof agents)[number];
    const { now, recorder } = agent;
    if (now === undefined) {
      if (asked < operations) agent.now = ask(recorder, anyAction(asked++));
    } else if (random.next() < unknown) {
      if (now.effect !== undefined && random.next() < 0.7) forgotten.push(now.effect);
      now.open.unknown();
      agent.now = undefined;
    } else if (now.effect !== undefined && random.next() < failed) {
      now.open.failed();
      agent.now = undefined;
    } else if (now.effect !== undefined) {
      now.effect();
      now.effect = undefined;
    } else {
      tell(now);
      agent.now = undefined;
    }
  }
  return { events, final: registers };

  function anyAction(number: number): Action {
    const key = `k${pick(keys)}`;
    const chance = random.next();
    if (chance < 0.4) return { kind: 'read', key };
    if (chance < 0.7) return { kind: 'write', key, value: number };
    if (chance < 0.75) return { kind: 'delete', key };
    const expected = random.next() < 0.8 ? (registers.get(key) ?? null) : pick(number + 1);
    return { kind: 'compare-and-set', key, expected, value: number };
  }

  function ask(recorder: Recorder, action: Action): InFlight {
    const now: InFlight = {
      action,
      open: recorder.invoke(action),
      effect: () => answers.set(now, apply(action)),
    };
    return now;
  }

  function apply(action: Action): { readonly outcome: Outcome; readonly seen?: Value } {
    const before = registers.get(action.key) ?? null;
    switch (action.kind) {
      case 'read':
        return { outcome: 'ok', seen: before };
      case 'compare-and-set':
        if (before !== action.expected) return { outcome: 'mismatch' };
        registers.set(action.key, action.value);
        return { outcome: 'ok' };
      case 'write':
        registers.set(action.key, action.value);
        return { outcome: 'ok' };
      default:
        registers.set(action.key, null);
        return { outcome: 'ok' };
    }
  }

  function tell(now: InFlight): void {
    const answer = answers.get(now);
    if (answer?.outcome === 'mismatch') now.open.mismatch();
    else now.open.ok(answer?.seen);
  }
}

const answers = new WeakMap<InFlight, { readonly outcome: Outcome; readonly seen?: Value }>();
