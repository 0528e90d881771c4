import { defineFaults, fault, severity } from '@sustain/kernel';

/** What can break in frames and files of audio. */
export const audioFaults = defineFaults('audio', {
  FRAME_TRUNCATED: fault<{ gotBytes: number; neededBytes: number }>({
    category: 'protocol',
    severity: severity.ERROR,
    recovery: 'reconnect_retry',
    message: (c) =>
      `a frame header takes ${c.neededBytes} bytes, got ${c.gotBytes}; pass one whole message, or a longer buffer`,
  }),
  FRAME_MAGIC_UNKNOWN: fault<{ magic: number }>({
    category: 'protocol',
    severity: severity.ERROR,
    recovery: 'reconnect_retry',
    message: (c) =>
      `a frame starts with 0x5553 ('SU'), got 0x${c.magic.toString(16).padStart(4, '0')}; check that the address is that of a stream`,
  }),
  FRAME_VERSION_UNKNOWN: fault<{ version: number; knownVersion: number }>({
    category: 'protocol',
    severity: severity.ERROR,
    recovery: 'none',
    autoRecoverable: false,
    message: (c) =>
      `the frame speaks version ${c.version} of the protocol, this program version ${c.knownVersion}; bring both sides to one release`,
    userMessage: 'This player and the server are of different versions. Please reload the page.',
  }),
  FRAME_OVERSIZED: fault<{ payloadBytes: number; maxPayloadBytes: number }>({
    category: 'protocol',
    severity: severity.ERROR,
    recovery: 'reconnect_retry',
    message: (c) =>
      `the frame announces ${c.payloadBytes} bytes of audio, the limit is ${c.maxPayloadBytes}; send shorter frames, or raise the limit`,
  }),
  FRAME_LENGTH_MISMATCH: fault<{ announcedBytes: number; gotBytes: number }>({
    category: 'protocol',
    severity: severity.ERROR,
    recovery: 'reconnect_retry',
    message: (c) =>
      `the frame announces ${c.announcedBytes} bytes of audio and carries ${c.gotBytes}; one message is one frame`,
  }),
  FRAME_FIELD_INVALID: fault<{ field: string; value: number; max: number }>({
    category: 'protocol',
    severity: severity.ERROR,
    recovery: 'reconnect_retry',
    message: (c) => `the frame's ${c.field} is ${c.value}; allowed is a whole number from 0 to ${c.max}`,
  }),

  WAV_UNKNOWN: fault<{ found: string }>({
    category: 'file',
    severity: severity.ERROR,
    recovery: 'none',
    autoRecoverable: false,
    message: (c) =>
      `a WAV file starts with RIFF and WAVE, this one with ${c.found}; convert it: ffmpeg -i FILE out.wav`,
    userMessage: 'This file is not a WAV file.',
  }),
  WAV_UNSUPPORTED: fault<{ what: string; got: number; allowed: string }>({
    category: 'file',
    severity: severity.ERROR,
    recovery: 'none',
    autoRecoverable: false,
    message: (c) =>
      `the WAV file's ${c.what} is ${c.got}, allowed is ${c.allowed}; convert it: ffmpeg -i FILE -c:a pcm_s16le out.wav`,
    userMessage: 'This kind of WAV file is not supported.',
  }),
  WAV_CHUNK_MISSING: fault<{ chunk: string; fileBytes: number }>({
    category: 'file',
    severity: severity.ERROR,
    recovery: 'none',
    autoRecoverable: false,
    message: (c) =>
      `the WAV file of ${c.fileBytes} bytes has no whole '${c.chunk}' chunk where one is needed; it is cut short or damaged: copy or record it again`,
    userMessage: 'This WAV file is incomplete.',
  }),
  WAV_TRUNCATED: fault<{ announcedBytes: number; gotBytes: number; wholeFrames: number }>({
    category: 'file',
    severity: severity.ERROR,
    recovery: 'none',
    autoRecoverable: false,
    message: (c) =>
      `the WAV file announces ${c.announcedBytes} bytes of audio and holds ${c.gotBytes}; copy or record it again, or read it with { truncated: 'accept' } to keep its ${c.wholeFrames} whole frames`,
    userMessage: 'This WAV file is incomplete.',
  }),
  WAV_TOO_LARGE: fault<{ dataBytes: number; maxBytes: number }>({
    category: 'file',
    severity: severity.ERROR,
    recovery: 'none',
    autoRecoverable: false,
    message: (c) =>
      `a WAV file holds at most ${c.maxBytes} bytes of audio, got ${c.dataBytes}; split the recording`,
  }),
});
