import { defineFaults, fault, severity } from '@sustain/kernel';

/** One thing wrong with a value that a listener asked for. */
export interface ParameterProblem {
  readonly field: string;
  /** What was got, as text. */
  readonly got: string;
  /** What is allowed, in words. */
  readonly allowed: string;
}

/** Why a listener was sent away: it is three seconds behind, or fell behind for the third time in 30 s, or it hears nothing. */
export type ShedReason = 'three seconds wait' | 'third time' | 'no answer to pings' | 'playback stands still';

/** Everything that can break in Auralis. What is done about each: `recovery.ts`. */
export const auralisFaults = defineFaults('auralis', {
  SYNTHESIS_CRASHED: fault<{ phraseIndex: number; exit: string }>({
    category: 'synthesis',
    severity: severity.ERROR,
    recovery: 'restart',
    retryable: true,
    message: ({ phraseIndex, exit }) =>
      `the synthesis process died (${exit}) while it rendered phrase ${phraseIndex}`,
    userMessage: 'The synthesiser is being restarted; the music goes on.',
  }),
  SYNTHESIS_HUNG: fault<{ phraseIndex: number; waitedMs: number }>({
    category: 'synthesis',
    severity: severity.ERROR,
    recovery: 'restart',
    retryable: true,
    message: ({ phraseIndex, waitedMs }) => `phrase ${phraseIndex} was not rendered within ${waitedMs} ms`,
    userMessage: 'The synthesiser is being restarted; the music goes on.',
  }),
  SYNTHESIS_FAILED: fault<{ phraseIndex: number; reason: string }>({
    category: 'synthesis',
    severity: severity.ERROR,
    recovery: 'simplify',
    retryable: true,
    message: ({ phraseIndex, reason }) => `phrase ${phraseIndex} could not be rendered: ${reason}`,
  }),
  INVALID_AUDIO: fault<{ phraseIndex: number; reason: string; detail: string }>({
    category: 'synthesis',
    severity: severity.ERROR,
    recovery: 'simplify',
    retryable: true,
    message: ({ phraseIndex, detail }) => `phrase ${phraseIndex} was rendered to invalid audio: ${detail}`,
  }),
  ENGINE_LOST: fault<{ phraseIndex: number; engine: string; reason: string }>({
    category: 'synthesis',
    severity: severity.ERROR,
    recovery: 'next_engine',
    retryable: true,
    message: ({ phraseIndex, engine, reason }) =>
      `the engine ${engine} cannot go on, from phrase ${phraseIndex}: ${reason}`,
    userMessage: 'The music is rendered by another engine for now.',
  }),
  PHRASE_INVALID: fault<{ phraseIndex: number; part: string; reason: string }>({
    category: 'generation',
    severity: severity.WARNING,
    recovery: 'mend',
    message: ({ phraseIndex, part, reason }) =>
      `the ${part} of phrase ${phraseIndex} cannot be played as composed: ${reason}`,
  }),
  COMPOSITION_TIMED_OUT: fault<{ phraseIndex: number; step: string; limitMs: number }>({
    category: 'generation',
    severity: severity.WARNING,
    recovery: 'vary',
    message: ({ phraseIndex, step, limitMs }) =>
      `phrase ${phraseIndex} was not composed within ${limitMs} ms; it was at its ${step}`,
  }),
  COMPOSITION_FAILED: fault<{ phraseIndex: number; reason: string }>({
    category: 'generation',
    severity: severity.ERROR,
    recovery: 'vary',
    message: ({ phraseIndex, reason }) => `phrase ${phraseIndex} could not be composed: ${reason}`,
  }),
  LOOP_FILE_UNUSABLE: fault<{ path: string; reason: string }>({
    category: 'file',
    severity: severity.WARNING,
    recovery: 'render_again',
    message: ({ path, reason }) => `the loop ${path} cannot be kept or read: ${reason}`,
  }),
  ENGINE_NOT_BUILT: fault<{ path: string }>({
    category: 'configuration',
    severity: severity.CRITICAL,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ path }) => `the synthesis engine ${path} has not been built; run: npm run build`,
  }),
  PLAYER_NOT_BUILT: fault<{ path: string }>({
    category: 'configuration',
    severity: severity.ERROR,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ path }) => `the player ${path} has not been built; run: npm run build`,
    userMessage: 'The player page is not installed. The stream itself works.',
  }),
  INVALID_PARAMETERS: fault<{ problems: readonly ParameterProblem[] }>({
    category: 'client',
    severity: severity.WARNING,
    recovery: 'reject',
    message: ({ problems }) =>
      problems.map(({ field, got, allowed }) => `${field} must be ${allowed}; got ${got}`).join('. '),
    userMessage: 'That setting is not available.',
  }),
  MALFORMED_MESSAGE: fault<{ reason: string }>({
    category: 'client',
    severity: severity.WARNING,
    recovery: 'reject',
    message: ({ reason }) => `a control message must be a JSON object with a known type: ${reason}`,
  }),
  MESSAGE_TOO_LARGE: fault<{ maxBytes: number }>({
    category: 'client',
    severity: severity.WARNING,
    recovery: 'reject',
    message: ({ maxBytes }) =>
      `a control message may have ${maxBytes} bytes at most; the connection is closed`,
  }),
  TOO_MANY_MESSAGES: fault<{ maxPerSecond: number; retryAfterMs: number }>({
    category: 'client',
    severity: severity.WARNING,
    recovery: 'reject',
    retryable: true,
    message: ({ maxPerSecond }) => `a listener may send ${maxPerSecond} control messages a second`,
    userMessage: 'That was too fast. Try again in a moment.',
  }),
  TOO_MANY_LISTENERS: fault<{ maxListeners: number; retryAfterMs: number }>({
    category: 'client',
    severity: severity.WARNING,
    recovery: 'reject',
    retryable: true,
    message: ({ maxListeners }) => `${maxListeners} listeners are here already; try again later`,
    userMessage: 'The stream is full. Try again in a moment.',
  }),
  INVALID_HELLO: fault<{ field: string; got: string; allowed: string }>({
    category: 'client',
    severity: severity.WARNING,
    recovery: 'reject',
    message: ({ field, got, allowed }) =>
      `${field} in the address of the stream must be there once, and be ${allowed}; got ${got}`,
  }),
  LISTENER_TOO_SLOW: fault<{ reason: ShedReason; bufferedBytes: number }>({
    category: 'client',
    severity: severity.WARNING,
    recovery: 'reject',
    message: ({ reason, bufferedBytes }) =>
      `the listener does not keep up (${reason}): ${bufferedBytes} bytes wait for it`,
    userMessage: 'The connection is too slow for the stream.',
  }),
});
