import { defineFaults, fault, severity } from '@sustain/kernel';

/** One thing wrong with a value that a listener asked for. */
export interface ParameterProblem {
  readonly field: string;
  /** What was got, as text. */
  readonly got: string;
  /** What is allowed, in words. */
  readonly allowed: string;
}

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
  LISTENER_TOO_SLOW: fault<{ bufferedBytes: number }>({
    category: 'client',
    severity: severity.WARNING,
    recovery: 'reject',
    message: ({ bufferedBytes }) => `the listener does not read: ${bufferedBytes} bytes wait for it`,
    userMessage: 'The connection is too slow for the stream.',
  }),
});
