import { type Clock, classify, type Fault, type SignalChannel, type Signals } from '@sustain/kernel';
import type { MusicParameters } from '../composition/index.ts';
import {
  framesDropped,
  listenerHeard,
  listenerJoined,
  listenerLeft,
  listenerRefused,
  listenerResumed,
  listenerShed,
  listenerUntold,
} from '../signals.ts';
import { type Broadcast, FRAME_MS } from './broadcast.ts';
import type { ControlMessage } from './control.ts';
import { Heartbeat } from './heartbeat.ts';
import type { Hello } from './hello.ts';
import { CLOSE_TOO_SLOW, Listener, type ListenerEvents, type ListenerSocket } from './listener.ts';
import { welcomeMessage } from './messages.ts';
import { Seat } from './seat.ts';
import { startOfListening } from './start-of-listening.ts';
import { type SendWithRetry, sendWithRetry } from './telling.ts';
import { Tickets } from './tickets.ts';

export interface AudienceOptions {
  readonly broadcast: Broadcast;
  readonly clock: Clock;
  readonly signals: Signals;
  readonly parameters: () => MusicParameters;
  /** Carries a control message out. Answers the reply; what it throws is told to the listener. */
  readonly onControl: (message: ControlMessage, from: Listener) => string;
}

/**
 * All who listen. Who comes back with the token of its welcome takes its own place again, and goes on where it was; its
 * old connection, if it is still there, is closed with 4009.
 */
export class Audience {
  readonly #options: AudienceOptions;
  readonly #seats = new Map<string, Seat>();
  readonly #tickets: Tickets;
  readonly #heartbeat: Heartbeat;
  readonly #sendWithRetry: SendWithRetry;
  readonly #channels: Channels;

  constructor(options: AudienceOptions) {
    const { clock, signals } = options;
    this.#options = options;
    this.#tickets = new Tickets({ clock });
    this.#heartbeat = new Heartbeat(clock);
    this.#channels = channelsOf(signals);
    const onFailure = (error: unknown) => this.#channels.untold.emit({ code: classify(error).code }, ORIGIN);
    this.#sendWithRetry = sendWithRetry({ clock, signals, onFailure });
  }

  /** How many listen. */
  get size(): number {
    return this.#seats.size;
  }

  /** Whether it would take the place of a connection that is still there, and needs none of its own. */
  replaces({ token }: Hello): boolean {
    return token !== undefined && this.#seats.has(token);
  }

  /** Tells everybody but one. */
  tellOthers(than: Listener, message: string): void {
    for (const { listener } of this.#seats.values()) if (listener !== than) listener.tell(message);
  }

  /** A connection enters: it is welcomed, and hears at once. Throws what `parameters` throws, and then it has not entered. */
  enter(socket: ListenerSocket, hello: Hello): Seat {
    const { broadcast, clock, onControl } = this.#options;
    // The only thing that may throw comes first, so that nothing of a listener is left behind.
    const parameters = this.#options.parameters();
    if (hello.token !== undefined) this.#seats.get(hello.token)?.replace();
    const known = hello.token === undefined ? undefined : this.#tickets.claim(hello.token);
    const ticket = known ?? this.#tickets.issue();
    const start = startOfListening(hello, known !== undefined, broadcast);

    const listener: Listener = new Listener(socket, {
      clock,
      ticket,
      sendWithRetry: this.#sendWithRetry,
      onControl: (message) => onControl(message, listener),
      nextSequence: () => broadcast.nextSequence,
      burstFrames: broadcast.nextSequence - start.fromSequence,
      afterGap: start.kind === 'jumped',
      events: this.#eventsOf(() => seat),
    });
    listener.tell(
      welcomeMessage({
        epoch: broadcast.epoch,
        nextSeq: start.fromSequence,
        token: ticket.token,
        resumed: start.kind !== 'new',
        parameters,
      }),
    );
    const leaveBroadcast = broadcast.add(listener, start.fromSequence);
    const stopLooking = this.#heartbeat.watch(listener);
    const onLeave = (closeCode: number, listenedMs: number) => {
      leaveBroadcast();
      stopLooking();
      this.#seats.delete(ticket.token);
      this.#tickets.leave(ticket);
      this.#channels.left.emit({ listeners: this.size, closeCode, listenedMs }, ORIGIN);
    };
    const seat = new Seat({ listener, socket, clock, onLeave });
    this.#seats.set(ticket.token, seat);
    this.#channels.joined.emit({ listeners: this.size }, ORIGIN);
    if (start.kind !== 'new') {
      const { kind: how, missedFrames } = start;
      this.#channels.resumed.emit({ how, missedMs: missedFrames * FRAME_MS }, ORIGIN);
    }
    return seat;
  }

  /** Tells those who watch of a refusal. */
  refused(fault: Fault): void {
    this.#channels.refused.emit({ fault }, ORIGIN);
  }

  #eventsOf(seat: () => Seat): ListenerEvents {
    const { shed, dropped, heard } = this.#channels;
    return {
      onFault: (fault) => this.refused(fault),
      onShed: (reason) => {
        shed.emit({ reason }, ORIGIN);
        seat().leave(CLOSE_TOO_SLOW);
      },
      onDropped: (frames) => dropped.emit({ frames, droppedMs: frames * FRAME_MS }, ORIGIN),
      onHeard: (what) => heard.emit(what, ORIGIN),
    };
  }
}

const ORIGIN = { source: 'auralis' } as const;

type Channels = ReturnType<typeof channelsOf>;

function channelsOf(signals: Signals) {
  return {
    joined: signals.channel(listenerJoined),
    left: signals.channel(listenerLeft),
    resumed: signals.channel(listenerResumed),
    shed: signals.channel(listenerShed),
    dropped: signals.channel(framesDropped),
    heard: signals.channel(listenerHeard),
    untold: signals.channel(listenerUntold),
    refused: signals.channel(listenerRefused),
  } satisfies Record<string, SignalChannel<never>>;
}
