import type { Random } from '@sustain/kernel';
import type { ProxiedConnection } from './proxied-connection.ts';
import type { Direction, FlowToxic, WhichConnections } from './toxic.ts';

export interface Placement {
  /** Default `both`. */
  readonly direction?: Direction | 'both';
  /** The probability with which a connection is hit, 0 to 1. Default 1. */
  readonly share?: number;
  /** Default: what the toxic says. */
  readonly connections?: WhichConnections;
}

/** A toxic, and where it is. */
export class PlacedToxic {
  readonly toxic: FlowToxic;
  readonly #placement: Placement;
  readonly #random: Random;
  readonly #hit = new Set<ProxiedConnection>();
  /** How often it did something. */
  hits = 0;

  /** `random` is its own. Throws a RangeError when the share is none. */
  constructor(toxic: FlowToxic, placement: Placement, random: Random) {
    const { share = 1 } = placement;
    if (!(share >= 0 && share <= 1)) throw new RangeError(`share must be 0 to 1; got ${share}`);
    this.toxic = toxic;
    this.#placement = placement;
    this.#random = random;
  }

  get what(): string {
    const { direction = 'both', share = 1 } = this.#placement;
    const where = direction === 'both' ? '' : `, ${direction}`;
    return `${this.toxic.what}${where}${share === 1 ? '' : `, ${share} of the connections`}`;
  }

  /** Comes upon a connection, if it is one of those that it is for. */
  meet(connection: ProxiedConnection, age: 'open' | 'new'): void {
    const { toxic } = this;
    const { direction = 'both', share = 1, connections = toxic.connections ?? 'all' } = this.#placement;
    const random = this.#random.fork(`connection ${connection.number}`);
    if ((connections !== 'all' && connections !== age) || random.fork('share').next() >= share) return;
    const onHit = () => {
      this.hits++;
      this.#hit.add(connection);
    };
    for (const lane of direction === 'both' ? (['up', 'down'] as const) : [direction]) {
      connection.add(this, lane, toxic.stage(random.fork(lane)), onHit);
    }
    if (toxic.takesAway === undefined && toxic.resetsAtOnce !== true) return;
    onHit();
    if (toxic.takesAway !== undefined) connection.takeAway(toxic.takesAway);
    if (toxic.resetsAtOnce === true) connection.reset();
  }

  /** Is gone from a connection. What it has broken for good is reset. */
  leave(connection: ProxiedConnection): void {
    connection.remove(this);
    if (this.toxic.breaksForGood === true && this.#hit.has(connection)) connection.reset();
  }

  /** A connection is closed. */
  forget(connection: ProxiedConnection): void {
    this.#hit.delete(connection);
  }
}
