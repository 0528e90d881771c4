import type { Fault } from '@sustain/kernel';
import { type MusicParameters, SAMPLE_RATE_HZ } from '../composition/index.ts';
import { FRAME_FRAMES } from './broadcast.ts';
import { PING_EVERY_MS } from './liveness.ts';

/** The first message to a listener: what the binary frames after it hold. */
export interface Welcome {
  readonly type: 'welcome';
  readonly format: {
    readonly sampleRateHz: number;
    readonly channels: number;
    /** Sample frames in a frame on the wire. */
    readonly frames: number;
    /** Signed 16 bit, little-endian, interleaved. */
    readonly encoding: 's16le';
  };
  readonly epoch: number;
  /** The sequence number of the next binary frame. */
  readonly nextSeq: number;
  /** How much to buffer before playing, in milliseconds. */
  readonly prebufferMs: number;
  /** With which the listener may come back, within 120 s of leaving: `?resume=…`. */
  readonly token: string;
  /** Whether it came back, and goes on where it was. */
  readonly resumed: boolean;
  /** How often the server pings, in milliseconds; after two pings without an answer it closes with 4008. */
  readonly heartbeatMs: number;
  readonly parameters: MusicParameters;
}

/** The music's parameters have been changed, by this listener or another. */
export interface ParametersChanged {
  readonly type: 'parameters';
  readonly parameters: MusicParameters;
  /** The sample position from which they are heard. */
  readonly heardAtSample: number;
}

/** A control message was carried out; `id` is the message's own. */
export interface Accepted {
  readonly type: 'accepted';
  readonly id?: string;
  readonly parameters: MusicParameters;
  readonly heardAtSample: number;
}

/** A control message was refused, or the server failed. */
export interface Refused {
  readonly type: 'error';
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly id?: string;
  /** The first parameter that was wrong. */
  readonly field?: string;
  readonly retryAfterMs?: number;
  /** What to name to who looks it up in the log. */
  readonly operationId: string;
}

/** Every 30 s: the connection is there, also where protocol pings are not seen. */
export interface Ping {
  readonly type: 'ping';
  /** The sequence number of the next binary frame. */
  readonly nextSeq: number;
}

export type FromServer = Ping | Welcome | ParametersChanged | Accepted | Refused;

export function welcomeMessage(
  stream: Pick<Welcome, 'epoch' | 'nextSeq' | 'token' | 'resumed' | 'parameters'>,
): string {
  return encode({
    type: 'welcome',
    format: { sampleRateHz: SAMPLE_RATE_HZ, channels: 2, frames: FRAME_FRAMES, encoding: 's16le' },
    epoch: stream.epoch,
    nextSeq: stream.nextSeq,
    prebufferMs: PREBUFFER_MS,
    token: stream.token,
    resumed: stream.resumed,
    heartbeatMs: PING_EVERY_MS,
    parameters: stream.parameters,
  });
}

export function pingMessage(nextSeq: number): string {
  return encode({ type: 'ping', nextSeq });
}

export function parametersMessage(parameters: MusicParameters, heardAtSample: number): string {
  return encode({ type: 'parameters', parameters, heardAtSample });
}

export function acceptedMessage(
  id: string | undefined,
  parameters: MusicParameters,
  heardAtSample: number,
): string {
  return encode({ type: 'accepted', ...(id !== undefined && { id }), parameters, heardAtSample });
}

/**
 * Tells a fault to the listener whose message led to it: never a stack or a cause, and of our own troubles nothing. `id`
 * is the message's own.
 */
export function errorMessage(fault: Fault, operationId: string, id?: string): string {
  const { problems, retryAfterMs } = fault.context as {
    readonly problems?: readonly { readonly field: string }[];
    readonly retryAfterMs?: number;
  };
  return encode({
    type: 'error',
    code: fault.code,
    message: fault.category === 'client' ? fault.message : 'the server failed to carry the message out',
    retryable: fault.retryable,
    ...(id !== undefined && { id }),
    ...(problems?.[0] && { field: problems[0].field }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    operationId,
  });
}

const PREBUFFER_MS = 600;

function encode(message: FromServer): string {
  return JSON.stringify(message);
}
