import { audioFaults } from './faults.ts';

/** What a frame's header says. `PROTOCOL.md` describes the bytes. */
export interface FrameHeader {
  /** Bits of `frameFlags`. A reader ignores the bits it does not know. */
  readonly flags: number;
  /** Which stream: an unsigned 32-bit number that changes when the sender starts anew. */
  readonly epoch: number;
  /** Number of the frame within its epoch, counted by 1 from 0; unsigned 32-bit. */
  readonly sequence: number;
  /**
   * Position of the frame's first sample within its epoch, in sample frames. Unsigned 64-bit on the wire; here
   * at most 2^53 - 1 (6,400 years at 44.1 kHz), where a JavaScript number is still exact: beyond, both ways throw.
   */
  readonly samplePosition: number;
  /** Bytes of audio that follow the header. */
  readonly payloadBytes: number;
}

/** A frame read from the wire. */
export interface Frame extends FrameHeader {
  /** The audio: a view of the message, not a copy. */
  readonly payload: Uint8Array;
}

/** Bits of `FrameHeader.flags`. */
export const frameFlags = {
  /** The samples do not continue those of the frame before: fade in. */
  discontinuity: 1,
  /** The sender had no audio for this position and filled it. */
  concealed: 2,
  /** The audio comes from a lesser source than usual. */
  fallback: 4,
  /** The last frame of the epoch; its payload may be empty. */
  end: 8,
} as const;

/** Bytes of the header; the payload starts here. */
export const FRAME_HEADER_BYTES = 24;
/** Version of the protocol that this file speaks. */
export const FRAME_VERSION = 1;
/** 'SU' in ASCII, read as a little-endian u16. */
export const FRAME_MAGIC = 0x5553;
/** Default limit of a payload: 64 KiB, 370 ms of 44.1 kHz stereo, far above any frame in use. */
export const MAX_PAYLOAD_BYTES = 65_536;

/**
 * Writes the 24 bytes of `header` into `target` at `offset` and answers where the payload starts. Allocates
 * nothing. A field out of its range is the fault `FRAME_FIELD_INVALID`; a target too short is `FRAME_TRUNCATED`.
 */
export function encodeFrameHeader(header: FrameHeader, target: Uint8Array, offset = 0): number {
  if (target.length - offset < FRAME_HEADER_BYTES) {
    throw audioFaults.FRAME_TRUNCATED({ gotBytes: target.length - offset, neededBytes: FRAME_HEADER_BYTES });
  }
  checkField('flags', header.flags, 0xff);
  checkField('epoch', header.epoch, 0xffff_ffff);
  checkField('sequence', header.sequence, 0xffff_ffff);
  checkField('samplePosition', header.samplePosition, Number.MAX_SAFE_INTEGER);
  checkField('payloadBytes', header.payloadBytes, 0xffff_ffff);
  target[offset] = FRAME_MAGIC & 0xff;
  target[offset + 1] = FRAME_MAGIC >>> 8;
  target[offset + 2] = FRAME_VERSION;
  target[offset + 3] = header.flags;
  writeU32(target, offset + 4, header.epoch);
  writeU32(target, offset + 8, header.sequence);
  writeU32(target, offset + 12, header.samplePosition % TWO_TO_32);
  writeU32(target, offset + 16, Math.floor(header.samplePosition / TWO_TO_32));
  writeU32(target, offset + 20, header.payloadBytes);
  return offset + FRAME_HEADER_BYTES;
}

/**
 * Reads one whole message: a header and exactly the payload it announces. What does not fit is a fault, in the
 * order of the checks: `FRAME_TRUNCATED`, `FRAME_MAGIC_UNKNOWN`, `FRAME_VERSION_UNKNOWN`, `FRAME_OVERSIZED`,
 * `FRAME_LENGTH_MISMATCH`, `FRAME_FIELD_INVALID` (a samplePosition above 2^53 - 1).
 */
export function decodeFrame(message: Uint8Array, maxPayloadBytes = MAX_PAYLOAD_BYTES): Frame {
  if (message.length < FRAME_HEADER_BYTES) {
    throw audioFaults.FRAME_TRUNCATED({ gotBytes: message.length, neededBytes: FRAME_HEADER_BYTES });
  }
  const magic = byteAt(message, 0) + (byteAt(message, 1) << 8);
  if (magic !== FRAME_MAGIC) throw audioFaults.FRAME_MAGIC_UNKNOWN({ magic });
  const version = byteAt(message, 2);
  if (version !== FRAME_VERSION)
    throw audioFaults.FRAME_VERSION_UNKNOWN({ version, knownVersion: FRAME_VERSION });
  const payloadBytes = readU32(message, 20);
  if (payloadBytes > maxPayloadBytes) throw audioFaults.FRAME_OVERSIZED({ payloadBytes, maxPayloadBytes });
  const gotPayloadBytes = message.length - FRAME_HEADER_BYTES;
  if (gotPayloadBytes !== payloadBytes) {
    throw audioFaults.FRAME_LENGTH_MISMATCH({ announcedBytes: payloadBytes, gotBytes: gotPayloadBytes });
  }
  const samplePosition = readU32(message, 16) * TWO_TO_32 + readU32(message, 12);
  checkField('samplePosition', samplePosition, Number.MAX_SAFE_INTEGER);
  return {
    flags: byteAt(message, 3),
    epoch: readU32(message, 4),
    sequence: readU32(message, 8),
    samplePosition,
    payloadBytes,
    payload: message.subarray(FRAME_HEADER_BYTES),
  };
}

const TWO_TO_32 = 2 ** 32;

function checkField(field: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw audioFaults.FRAME_FIELD_INVALID({ field, value, max });
  }
}

/** Byte by byte, because a DataView would be one allocation a frame, and to be the same on every host. */
function writeU32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value & 0xff;
  target[offset + 1] = (value >>> 8) & 0xff;
  target[offset + 2] = (value >>> 16) & 0xff;
  target[offset + 3] = value >>> 24;
}

function readU32(source: Uint8Array, offset: number): number {
  const low = byteAt(source, offset) | (byteAt(source, offset + 1) << 8) | (byteAt(source, offset + 2) << 16);
  return (low | (byteAt(source, offset + 3) << 24)) >>> 0;
}

function byteAt(source: Uint8Array, offset: number): number {
  return source[offset] as number;
}
