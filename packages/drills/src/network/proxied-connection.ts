import type { Socket } from 'node:net';
import { type Clock, systemClock } from '@sustain/kernel';
import { Lane } from './lane.ts';
import { SocketOutlet } from './socket-outlet.ts';
import { StageLink } from './stage-link.ts';
import type { Direction, Stage } from './toxic.ts';

export interface ProxiedConnectionOptions {
  /** From 1, in the order in which they came. */
  readonly number: number;
  /** Accepted, and paused. */
  readonly client: Socket;
  /** On its way to the server. */
  readonly server: Socket;
  readonly clock?: Clock | undefined;
  /** Both sides are closed. */
  readonly onClose: () => void;
}

/** A client's connection and the one to the server that belongs to it, and what is between them. */
export class ProxiedConnection {
  readonly number: number;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #clock: Clock;
  readonly #lanes: Readonly<Record<Direction, Lane>>;
  readonly #outlets: Readonly<Record<Direction, SocketOutlet>>;
  /** Sides that were taken away without the other noticing. */
  readonly #gone = new Set<Socket>();
  #wasReached = false;
  /** Whether the server was not there. */
  isUnreachable = false;

  constructor({ number, client, server, clock = systemClock, onClose }: ProxiedConnectionOptions) {
    this.number = number;
    this.#client = client;
    this.#server = server;
    this.#clock = clock;
    const onReset = () => this.reset();
    this.#outlets = {
      up: new SocketOutlet(server, clock, onReset),
      down: new SocketOutlet(client, clock, onReset),
    };
    this.#lanes = {
      up: new Lane(client, this.#outlets.up),
      down: new Lane(server, this.#outlets.down),
    };
    server.once('connect', () => {
      this.#wasReached = true;
      this.#lanes.up.start();
      this.#lanes.down.start();
    });
    let open = 2;
    const closed = () => {
      if (--open === 0) onClose();
    };
    this.#watch(client, 'up', closed);
    this.#watch(server, 'down', closed);
  }

  /** Handed to the system so far. */
  get writtenBytes(): Readonly<Record<Direction, number>> {
    return { up: this.#outlets.up.writtenBytes, down: this.#outlets.down.writtenBytes };
  }

  add(key: object, direction: Direction, stage: Stage, onHit: () => void): void {
    this.#lanes[direction].add(key, (next) => new StageLink(stage, next, this.#clock, onHit));
  }

  remove(key: object): void {
    this.#lanes.up.remove(key);
    this.#lanes.down.remove(key);
  }

  /** Resets one side; the other does not notice. */
  takeAway(side: 'client' | 'server'): void {
    const socket = side === 'client' ? this.#client : this.#server;
    this.#gone.add(socket);
    resetSide(socket);
  }

  /** Resets both sides, at once, whatever is under way. */
  reset(): void {
    resetSide(this.#client);
    resetSide(this.#server);
  }

  #watch(socket: Socket, leads: Direction, closed: () => void): void {
    // Whatever it is (ECONNRESET, EPIPE, ECONNREFUSED …), `close` follows it, and says that there was an error.
    socket.on('error', () => undefined);
    socket.once('close', (hadError: boolean) => {
      if (hadError && !this.#gone.has(socket)) {
        if (this.#wasReached) this.#lanes[leads].reset();
        else {
          this.isUnreachable = socket === this.#server;
          this.reset();
        }
      }
      closed();
    });
  }
}

/** Its peer sees RST, not a regular end; Unix sockets know no RST. */
function resetSide(socket: Socket): void {
  if (socket.connecting || socket.remoteAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}
