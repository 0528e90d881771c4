import type { Clock, Signals } from '@sustain/kernel';
import { type Server, webSocketRoute } from '@sustain/ops/server';
import type { Composer } from './composition/index.ts';
import { listenerJoined, listenerLeft, listenerRefused, parametersChanged } from './signals.ts';
import {
  acceptedMessage,
  type Broadcast,
  type ControlMessage,
  Listener,
  MAX_MESSAGE_BYTES,
  parametersMessage,
  StreamSocket,
  type Timeline,
  welcomeMessage,
} from './streaming/index.ts';

export interface StreamRouteOptions {
  readonly composer: Composer;
  readonly timeline: Timeline;
  readonly broadcast: Broadcast;
  readonly clock: Clock;
  readonly signals: Signals;
}

/** Serves the stream at `ws /auralis/stream`: audio and news to everybody, control messages from anybody. */
export function serveStream(server: Server, options: StreamRouteOptions): void {
  const { composer, timeline, broadcast, clock, signals } = options;
  const listeners = new Set<Listener>();
  const joined = signals.channel(listenerJoined);
  const left = signals.channel(listenerLeft);
  const refused = signals.channel(listenerRefused);
  const changed = signals.channel(parametersChanged);

  server.onUpgrade(
    '/auralis/stream',
    webSocketRoute({
      ws: { WebSocket: StreamSocket, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false },
      onConnection(socket) {
        const listener: Listener = new Listener(socket, {
          clock,
          onControl: (message) => control(message, listener),
          onFault: (fault) => refused.emit({ fault }, ORIGIN),
        });
        listener.tell(
          welcomeMessage({
            epoch: broadcast.epoch,
            nextSeq: broadcast.nextSequenceForNewcomers,
            parameters: composer.parameters,
          }),
        );
        const leave = broadcast.add(listener);
        listeners.add(listener);
        joined.emit({ listeners: listeners.size }, ORIGIN);
        socket.on('message', (data, isBinary) => listener.receive(data, isBinary));
        socket.once('close', (closeCode) => {
          leave();
          listeners.delete(listener);
          left.emit({ listeners: listeners.size, closeCode }, ORIGIN);
        });
      },
    }),
  );

  /** The next phrase to be composed is the first to be heard with the new parameters. */
  function control({ id, parameters }: ControlMessage, from: Listener): string {
    composer.update(parameters);
    const heardAtSample = timeline.endFrame;
    changed.emit({ heardAtSample }, ORIGIN);
    const news = parametersMessage(composer.parameters, heardAtSample);
    for (const listener of listeners) if (listener !== from) listener.tell(news);
    return acceptedMessage(id, composer.parameters, heardAtSample);
  }
}

const ORIGIN = { source: 'auralis' } as const;
