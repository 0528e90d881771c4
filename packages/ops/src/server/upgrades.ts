import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createOperation, type Operation, runInOperation } from '@sustain/kernel';
import { answerSocket } from './answer-socket.ts';
import type { Identity } from './auth/index.ts';
import { serverFaults } from './faults.ts';
import { Refusal, refusalOf } from './refusal.ts';

/** What serves the upgrades (WebSockets) of one path, once the server has let the request in. */
export interface UpgradeRoute {
  /**
   * Takes the socket over: completes the upgrade, or returns why not, which the server answers with a problem.
   * Called with Host and Origin already checked. A throw is answered with 500, unless the socket has been ended.
   */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): Refusal | undefined;
  /** Tells every peer to leave (a WebSocket: close 1001). Called once, when the server begins to stop. */
  goAway?(): void;
}

export interface UpgradesOptions {
  readonly admit: (request: IncomingMessage) => Identity | Refusal;
  readonly onRefusal: (refusal: Refusal, request: IncomingMessage, operation: Operation) => void;
}

/** Hands upgrade requests to the route of their path, and knows which sockets are open. */
export class Upgrades {
  readonly #options: UpgradesOptions;
  readonly #routes = new Map<string, UpgradeRoute>();
  readonly #sockets = new Set<Duplex>();

  constructor(options: UpgradesOptions) {
    this.#options = options;
  }

  /** Throws a RangeError when the path is not absolute or is taken. */
  add(path: string, route: UpgradeRoute): void {
    if (!path.startsWith('/')) throw new RangeError(`an upgrade path starts with "/", got "${path}"`);
    if (this.#routes.has(path))
      throw new RangeError(`the upgrade path "${path}" is taken: choose another one`);
    this.#routes.set(path, route);
  }

  listen(server: HttpServer): void {
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  goAway(): void {
    for (const route of this.#routes.values()) route.goAway?.();
  }

  /** Destroys the sockets that are still open and says how many. */
  cut(): number {
    const { size } = this.#sockets;
    for (const socket of this.#sockets) socket.destroy();
    return size;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Without a listener, a peer that resets the connection would end the process.
    socket.on('error', () => socket.destroy());
    const operation = createOperation(`upgrade ${pathOf(request)}`);
    runInOperation(operation, () => {
      const identity = this.#options.admit(request);
      const refusal = identity instanceof Refusal ? identity : this.#accept(request, socket, head);
      if (refusal === undefined) {
        if ('over' in identity) cutWhenOver(socket, identity.over);
        return;
      }
      this.#options.onRefusal(refusal, request, operation);
      answerSocket(socket, refusal, operation);
    });
  }

  #accept(request: IncomingMessage, socket: Duplex, head: Buffer): Refusal | undefined {
    const path = pathOf(request);
    const route = this.#routes.get(path);
    if (route === undefined)
      return new Refusal(serverFaults.NOT_FOUND({ what: `WebSocket at ${path}` }), 404);
    try {
      return route.accept(request, socket, head);
    } catch (error) {
      return refusalOf(error);
    }
  }
}

/** Who has signed out sends and hears nothing more. */
function cutWhenOver(socket: Duplex, over: AbortSignal): void {
  const cut = () => socket.destroy();
  over.addEventListener('abort', cut);
  socket.once('close', () => over.removeEventListener('abort', cut));
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? '';
}
