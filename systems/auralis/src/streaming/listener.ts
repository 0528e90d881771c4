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
import { auralisFaults } from '../faults.ts';
import type { FrameSink } from './broadcast.ts';
import { type ControlMessage, controlIdOf, parseControl } from './control.ts';
import { errorMessage } from './messages.ts';

/** The part of a WebSocket that a listener needs. */
export interface ListenerSocket {
  readonly bufferedAmount: number;
  send(data: Uint8Array | string): void;
  close(code: number, reason: string): void;
  /** Ends the connection at once, whatever the other end does. */
  terminate(): void;
}

export interface ListenerOptions {
  readonly clock: Clock;
  /** Carries a control message out; what it throws is told to the listener. Answers the reply. */
  readonly onControl: (message: ControlMessage) => string;
  /** Told of every refusal. */
  readonly onFault: (fault: Fault) => void;
}

/**
 * One who hears the stream and may steer it.
 *
 * A listener that does not read gets whole frames dropped, and the next one it gets flagged as a discontinuity,
 * while more than a second waits for it in this process (the system's buffers hold more: 4 MB or 23 s on Linux); one
 * that lets three seconds be dropped in a row is sent away. One that sends too much is told so once a second, and
 * cut off when it goes on. Nobody else notices.
 */
export class Listener implements FrameSink {
  readonly #socket: ListenerSocket;
  readonly #options: ListenerOptions;
  readonly #allowance: MessageAllowance;
  #droppedInARow = 0;

  constructor(socket: ListenerSocket, options: ListenerOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#allowance = new MessageAllowance(options.clock);
  }

  /** Sends a frame, or drops it when too much waits. Never throws and never waits. */
  send(frame: Uint8Array): void {
    if (this.#socket.bufferedAmount > MAX_BUFFERED_BYTES) {
      this.#drop();
    } else if (this.#droppedInARow === 0) {
      this.#socket.send(frame);
    } else {
      this.#droppedInARow = 0;
      this.#socket.send(asDiscontinuity(frame));
    }
  }

  /** Tells the listener something. */
  tell(message: string): void {
    this.#socket.send(message);
  }

  /** Takes a message of the listener's, whatever it is. */
  receive(data: unknown, isBinary: boolean): void {
    const excess = this.#allowance.take();
    if (excess > 1) {
      if (excess === MAX_EXCESS) this.#socket.terminate();
      return;
    }
    const operation = createOperation('control message');
    runInOperation(operation, () => this.#answer(isBinary ? undefined : String(data), excess, operation));
  }

  #answer(text: string | undefined, excess: number, operation: Operation): void {
    try {
      if (excess === 1) throw this.#allowance.refusal();
      if (text === undefined) throw auralisFaults.MALFORMED_MESSAGE({ reason: 'it is binary' });
      this.tell(this.#options.onControl(parseControl(text)));
    } catch (error) {
      const fault = classify(error);
      this.#options.onFault(fault);
      this.tell(errorMessage(fault, operation.id, text === undefined ? undefined : controlIdOf(text)));
    }
  }

  #drop(): void {
    this.#droppedInARow++;
    if (this.#droppedInARow !== MAX_DROPPED_IN_A_ROW) return;
    const fault = auralisFaults.LISTENER_TOO_SLOW({ bufferedBytes: this.#socket.bufferedAmount });
    this.#options.onFault(fault);
    this.#socket.close(CLOSE_TOO_SLOW, fault.code);
  }
}

/** Our own close code: the listener does not keep up. */
export const CLOSE_TOO_SLOW = 4008;

/** One second of 16-bit stereo. */
const MAX_BUFFERED_BYTES = SAMPLE_RATE_HZ * 4;

/** Three seconds of frames. */
const MAX_DROPPED_IN_A_ROW = 75;

const MAX_MESSAGES_PER_SECOND = 20;

/** Messages beyond the allowance, within its second, that are an attack. */
const MAX_EXCESS = 200;

/** The frame is shared with all other listeners: only the one who missed some gets a copy of its own. */
function asDiscontinuity(frame: Uint8Array): Uint8Array {
  const copy = frame.slice();
  copy[FLAGS_OFFSET] = (copy[FLAGS_OFFSET] as number) | frameFlags.discontinuity;
  return copy;
}

/** `PROTOCOL.md`: magic u16, version u8, flags u8. */
const FLAGS_OFFSET = 3;

/** A listener's control messages a second. */
class MessageAllowance {
  readonly #clock: Clock;
  #windowEndMs = Number.NEGATIVE_INFINITY;
  #used = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a message. Answers how many there are beyond the allowance in this second; 0 when it is within. */
  take(): number {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs >= this.#windowEndMs) {
      this.#windowEndMs = nowMs + 1000;
      this.#used = 0;
    }
    this.#used++;
    return Math.max(0, this.#used - MAX_MESSAGES_PER_SECOND);
  }

  refusal(): Fault {
    const retryAfterMs = Math.ceil(this.#windowEndMs - this.#clock.monotonicMs());
    return auralisFaults.TOO_MANY_MESSAGES({ maxPerSecond: MAX_MESSAGES_PER_SECOND, retryAfterMs });
  }
}
