import { connect, type Socket } from 'node:net';
import { type Clock, systemClock } from '@sustain/kernel';
import { Lane } from './lane.ts';
import { SocketOutlet } from './socket-outlet.ts';
import { StageLink } from './stage-link.ts';
import type { Direction, Stage } from './toxic.ts';
import type { Upstream } from './upstream.ts';

export interface ProxiedConnectionOptions {
  /** From 1, in the order in which they came. */
  readonly number: number;
  /** Accepted, and paused. */
  readonly client: Socket;
  /** What it is for. */
  readonly upstream: Upstream;
  readonly clock?: Clock | undefined;
  /** Both sides are closed. */
  readonly onClose: () => void;
}

/** A client's connection and the one to the server that belongs to it, and what is between them. */
export class ProxiedConnection {
  readonly number: number;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #isUnix: boolean;
  readonly #clock: Clock;
  readonly #lanes: Readonly<Record<Direction, Lane>>;
  readonly #outlets: Readonly<Record<Direction, SocketOutlet>>;
  /** Sides that were taken away without the other noticing. */
  readonly #gone = new Set<Socket>();
  #wasReached = false;
  /** Whether the server was not there. */
  isUnreachable = false;

  constructor({ number, client, upstream, clock = systemClock, onClose }: ProxiedConnectionOptions) {
    const server = connect({ host: '127.0.0.1', ...upstream, allowHalfOpen: true, noDelay: true });
    this.number = number;
    this.#client = client;
    this.#server = server;
    this.#isUnix = 'path' in upstream;
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
    this.#resetSide(socket);
  }

  /** Resets both sides, at once, whatever is under way. */
  reset(): void {
    this.#resetSide(this.#client);
    this.#resetSide(this.#server);
  }

  /** Its peer sees RST, not a regular end; also one that is just being connected with. Unix sockets know no RST. */
  #resetSide(socket: Socket): void {
    if (socket.destroyed) return;
    if (socket === this.#server && this.#isUnix) socket.destroy();
    // Node cannot reset a socket whose end is just being sent (EINVAL), and would never close it.
    else if (isEnding(socket)) socket.once('finish', () => socket.resetAndDestroy());
    else socket.resetAndDestroy();
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

function isEnding({ writableEnded, writableFinished, writableLength }: Socket): boolean {
  return writableEnded && !writableFinished && writableLength === 0;
}
