import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { serverFaults } from './faults.ts';
import { Refusal } from './refusal.ts';
import type { UpgradeRoute } from './upgrades.ts';

export interface WebSocketRouteOptions<Socket extends typeof WebSocket> {
  /**
   * Options of `ws`: an own `WebSocket` class, `maxPayload` and so on. Defaults that differ from those of ws:
   * messages up to 64 KiB (ws: 100 MiB).
   */
  readonly ws?: Omit<ServerOptions<Socket>, 'noServer' | 'server' | 'host' | 'port' | 'path' | 'backlog'>;
  /** Asked before the upgrade; what it returns is answered (for example 503 when full). */
  readonly admit?: (request: IncomingMessage) => Refusal | undefined;
  /** Called with every open socket. Its `error` events need no listener: a close always follows. */
  readonly onConnection: (socket: InstanceType<Socket>, request: IncomingMessage) => void;
}

/** Serves WebSockets on a path: `server.onUpgrade('/stream', webSocketRoute({ onConnection }))`. */
export function webSocketRoute<Socket extends typeof WebSocket = typeof WebSocket>(
  options: WebSocketRouteOptions<Socket>,
): UpgradeRoute {
  const { admit, onConnection } = options;
  const sockets = new WebSocketServer<Socket>({ maxPayload: 65_536, ...options.ws, noServer: true });
  let badHandshake: Refusal | undefined;
  sockets.on('wsClientError', (error) => {
    badHandshake = new Refusal(serverFaults.REQUEST_INVALID({ reason: error.message }), 400);
  });
  return {
    accept(request: IncomingMessage, socket: Duplex, head: Buffer) {
      const refusal = admit?.(request);
      if (refusal !== undefined) return refusal;
      badHandshake = undefined;
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        // ws reports a broken peer (too large a message, bad frames) as an error and then closes.
        webSocket.on('error', () => webSocket.readyState);
        try {
          onConnection(webSocket, request);
        } catch (error) {
          // The handshake is done: HTTP can no longer be answered.
          webSocket.close(1011, 'internal error');
          socket.end();
          throw error;
        }
      });
      return badHandshake; // ws reports it before handleUpgrade returns
    },
    goAway() {
      for (const webSocket of sockets.clients) webSocket.close(1001, 'the server is stopping');
    },
  };
}
