/** What an engine is told to do, in a synthesis process that was started with `engine-preload`. */
export interface EngineOrder {
  readonly does:
    | 'nothing'
    /** Stands still until it is told something else, as a process does that is about to be hit. */
    | 'hold'
    /** Traps, as WebAssembly does that has a defect. */
    | 'trap'
    /** Says that its device is gone. */
    | 'lost'
    | 'not-finite'
    | 'too-loud'
    | 'silent'
    /** Its process says what nobody understands. */
    | 'babble';
  /** The block of a phrase, from 1, from which on it does that. */
  readonly fromBlock: number;
  /** Whether a phrase goes well when it is rendered again. */
  readonly spares: 'the next try' | 'none';
}

export const WELL: EngineOrder = { does: 'nothing', fromBlock: 1, spares: 'none' };

/** The folder in which orders are given. */
export const ORDERS_VARIABLE = 'AURALIS_DRILL_ORDERS';

/** Its files. */
export const orderFiles = {
  /** The order, as JSON. */
  order: 'order',
  /** There when an engine holds. */
  holding: 'holding',
  /** The seed of the phrase that was spoilt last. */
  spoilt: 'spoilt',
} as const;
