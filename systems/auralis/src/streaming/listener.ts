import { frameFlags } from '@sustain/audio';
import {
  type Clock,
  classify,
  createOperation,
  type Fault,
  type Operation,
  runInOperation,
} from '@sustain/kernel';
import { SAMPLE_RATE_HZ } from '../composition/index.ts';
import { auralisFaults, type ShedReason } from '../faults.ts';
import { Backlog } from './backlog.ts';
import { FRAME_MS, type FrameSink } from './broadcast.ts';
import { messageIdOf, parseClientMessage } from './client-message.ts';
import type { ControlMessage } from './control.ts';
import { Liveness, PING_EVERY_MS } from './liveness.ts';
import { MessageAllowance } from './message-allowance.ts';
import { errorMessage, pingMessage } from './messages.ts';
import { type Heard, PlaybackProgress } from './playback-progress.ts';
import type { SendWithRetry } from './telling.ts';
import type { Ticket } from './tickets.ts';

/** The part of a WebSocket that a listener needs. */
export interface ListenerSocket {
  readonly bufferedAmount: number;
  /** 1 while it is open (`WebSocket.OPEN`): what is closing takes nothing more, and is not too slow for it. */
  readonly readyState: number;
  /** `done` is called when the system has taken it, or never will. */
  send(data: Uint8Array | string, done?: (error?: Error) => void): void;
  ping(): void;
  close(code: number, reason: string): void;
  /** Ends the connection at once, whatever the other end does. */
  terminate(): void;
}

/** What becomes of a listener. Must not throw. */
export interface ListenerEvents {
  /** A message was refused, or the listener sent away. */
  onFault(fault: Fault): void;
  /** It was told to go, and gets nothing more. */
  onShed(reason: ShedReason): void;
  /** So many frames were left out before the one that is sent now. */
  onDropped(frames: number): void;
  /** What it says it has heard since it said so last. */
  onHeard(heard: Heard): void;
}

export interface ListenerOptions {
  readonly clock: Clock;
  readonly ticket: Ticket;
  readonly sendWithRetry: SendWithRetry;
  /** Carries a control message out; what it throws is told to the listener. Answers the reply. */
  readonly onControl: (message: ControlMessage) => string;
  /** The number of the next frame, which heartbeats tell. */
  readonly nextSequence: () => number;
  readonly events: ListenerEvents;
  /** Frames that it gets at once. Default 0. */
  readonly burstFrames?: number;
  /** Whether the first frame does not continue what it has. Default false. */
  readonly afterGap?: boolean;
}

/**
 * One who hears the stream and may steer it.
 *
 * One who does not keep up gets whole frames dropped, and the next one flagged as a discontinuity; one who is far behind,
 * does not answer pings or stands still in what it plays is sent away with 4008. One that sends too much is told so once
 * a second, and cut off when it goes on. Nobody else notices.
 */
export class Listener implements FrameSink {
  readonly #socket: ListenerSocket;
  readonly #options: ListenerOptions;
  readonly #allowance: MessageAllowance;
  readonly #backlog: Backlog;
  readonly #liveness: Liveness;
  readonly #progress = new PlaybackProgress();
  #afterGap: boolean;
  #pings = 0;
  #isGoing = false;

  constructor(socket: ListenerSocket, options: ListenerOptions) {
    const { clock, burstFrames = 0, afterGap = false } = options;
    this.#socket = socket;
    this.#options = options;
    this.#allowance = new MessageAllowance(clock);
    this.#backlog = new Backlog(clock, burstFrames);
    this.#liveness = new Liveness(PING_EVERY_MS + burstFrames * FRAME_MS);
    this.#afterGap = afterGap;
  }

  /** Sends a frame, or drops it when too much waits. Never throws and never waits. */
  send(frame: Uint8Array): void {
    if (!this.#isHere) return;
    const dropped = this.#backlog.droppedInARow;
    const verdict = this.#backlog.judge((this.#socket.bufferedAmount / BYTES_PER_SECOND) * 1000);
    if (verdict === 'drop') return;
    if (verdict !== 'send' && verdict !== 'send after a gap') {
      this.#sendAway(verdict);
      return;
    }
    if (dropped > 0) this.#options.events.onDropped(dropped);
    this.#socket.send(this.#afterGap || dropped > 0 ? asDiscontinuity(frame) : frame);
    this.#afterGap = false;
    this.#progress.sent();
  }

  /** Tells the listener something, after what it was told before. */
  tell(message: string): void {
    if (!this.#isHere) return;
    // What waits in the socket is not lost but late: to send it again would tell it twice. Each try waits for the one write.
    const written = new Promise<void>((resolve, reject) => {
      this.#socket.send(message, (error) => (error ? reject(error) : resolve()));
    });
    void this.#options.sendWithRetry(() => written);
  }

  /** Looks after the connection: call it twice a second. */
  look(): void {
    if (!this.#isHere) return;
    const nowMs = this.#options.clock.monotonicMs();
    const finding = this.#liveness.look(nowMs);
    if (finding === 'dead') this.#sendAway('no answer to pings');
    else if (this.#progress.standsStill(nowMs)) this.#sendAway('playback stands still');
    else if (finding === 'ping') this.#ping();
  }

  /** It answered a ping. */
  pong(): void {
    this.#liveness.answered();
  }

  /** Takes a message of the listener's, whatever it is. */
  receive(data: unknown, isBinary: boolean): void {
    if (this.#isGoing) return;
    const excess = this.#allowance.take();
    if (excess > 1) {
      if (excess === MAX_EXCESS) this.#socket.terminate();
      return;
    }
    const operation = createOperation('message of a listener');
    runInOperation(operation, () => this.#answer(isBinary ? undefined : String(data), excess, operation));
  }

  /** Ends it: what was dropped last is told. Ending twice is harmless. */
  end(): void {
    this.#isGoing = true;
    const dropped = this.#backlog.droppedInARow;
    if (dropped > 0) this.#options.events.onDropped(dropped);
    this.#backlog.forget();
  }

  get #isHere(): boolean {
    return !this.#isGoing && this.#socket.readyState === OPEN;
  }

  #answer(text: string | undefined, excess: number, operation: Operation): void {
    try {
      if (excess === 1) throw this.#allowance.refusal();
      if (text === undefined) throw auralisFaults.MALFORMED_MESSAGE({ reason: 'it is binary' });
      const message = parseClientMessage(text);
      if (message.type === 'control') {
        this.tell(this.#carryOut(message));
        return;
      }
      const heard = this.#progress.report(message, this.#options.clock.monotonicMs());
      if (heard !== undefined) this.#options.events.onHeard(heard);
    } catch (error) {
      const fault = classify(error);
      this.#options.events.onFault(fault);
      this.tell(errorMessage(fault, operation.id, text === undefined ? undefined : messageIdOf(text)));
    }
  }

  /** Once, however often it is sent. */
  #carryOut(message: ControlMessage): string {
    const { ticket, onControl } = this.#options;
    const known = ticket.answered.answerTo(message);
    if (known !== undefined) return known;
    const answer = onControl(message);
    ticket.answered.add(message, answer);
    return answer;
  }

  #ping(): void {
    this.#socket.ping();
    if (this.#pings++ % TOLD_EVERY_PINGS === TOLD_EVERY_PINGS - 1) {
      this.tell(pingMessage(this.#options.nextSequence()));
    }
  }

  #sendAway(reason: ShedReason): void {
    const { clock, events } = this.#options;
    const fault = auralisFaults.LISTENER_TOO_SLOW({ reason, bufferedBytes: this.#socket.bufferedAmount });
    this.end();
    events.onFault(fault);
    this.#socket.close(CLOSE_TOO_SLOW, fault.code);
    // Who does not read does not see the close either.
    clock.schedule(CLOSE_PATIENCE_MS, () => this.#socket.terminate(), { keepAlive: false });
    events.onShed(reason);
  }
}

/** Our own close code: the listener does not keep up. */
export const CLOSE_TOO_SLOW = 4008;

/** How long who is told to go may take to go. */
export const CLOSE_PATIENCE_MS = 3000;

/** `WebSocket.OPEN`. */
const OPEN = 1;

/** 16-bit stereo. */
const BYTES_PER_SECOND = SAMPLE_RATE_HZ * 4;

/** Messages beyond the allowance, within its second, that are an attack. */
const MAX_EXCESS = 200;

/** Every sixth, that is every 30 s, is told in a text as well: what browsers do with a ping they hide from the page. */
const TOLD_EVERY_PINGS = 6;

/** The frame is shared with all other listeners: only the one who missed some gets a copy of its own. */
function asDiscontinuity(frame: Uint8Array): Uint8Array {
  const copy = frame.slice();
  copy[FLAGS_OFFSET] = (copy[FLAGS_OFFSET] as number) | frameFlags.discontinuity;
  return copy;
}

/** `PROTOCOL.md`: magic u16, version u8, flags u8. */
const FLAGS_OFFSET = 3;
