import { defineFaults, fault } from './define-faults.ts';
import { kernelFaults } from './kernel-faults.ts';
import { severity } from './severity.ts';

/** Trees of faults as the seeds ask for, to test the mechanism on. In one object: they are nobody's faults to document. */
export const { sessions, enhance } = {
  /** As seed 004 says. */
  sessions: defineFaults('sessions', {
    SESSION_ERROR: fault<{ sessionId: string; operation: string }>({
      className: 'SessionError',
      category: 'session',
      severity: severity.ERROR,
      recovery: 'session_fallback',
      retryable: true,
      userMessage: 'Your session has a problem.',
      message: ({ sessionId, operation }) => `session ${sessionId}: ${operation} failed`,
    }),
    SESSION_SERVICE_UNAVAILABLE: fault({
      extends: 'SESSION_ERROR',
      className: 'SessionServiceUnavailableError',
      severity: severity.CRITICAL,
    }),
    SESSION_NOT_FOUND: fault({
      extends: 'SESSION_ERROR',
      className: 'SessionNotFoundError',
      retryable: false,
      recovery: 'none',
    }),
    SESSION_STORAGE_CORRUPTED: fault<{ file: string }, 'SESSION_ERROR'>({
      extends: 'SESSION_ERROR',
      className: 'SessionStorageCorruptedError',
      message: ({ file }) => `${file} holds no session`,
    }),
    SESSION_CONCURRENT_ACCESS: fault({
      extends: 'SESSION_ERROR',
      className: 'SessionConcurrentAccessError',
    }),
    SESSION_LOCK_LOST: fault<{ owner: string }, 'SESSION_CONCURRENT_ACCESS'>({
      extends: 'SESSION_CONCURRENT_ACCESS',
      className: 'SessionLockLostError',
    }),
  }),
  /** As seed 003 says. */
  enhance: defineFaults('enhance', {
    AUDIO_PROCESSING: fault<{ audioId: string }>({
      className: 'AudioProcessingError',
      category: 'audio',
      severity: severity.ERROR,
      recovery: 'fallback',
      retryable: true,
      message: ({ audioId }) => `${audioId} could not be processed`,
    }),
    QUALITY_THRESHOLD: fault<{ score: number }, 'AUDIO_PROCESSING'>({
      extends: 'AUDIO_PROCESSING',
      className: 'QualityThresholdError',
      severity: severity.WARNING,
    }),
    RESOURCE_LIMIT: fault({
      extends: 'AUDIO_PROCESSING',
      className: 'ResourceLimitError',
      category: 'resource',
    }),
    CONFIGURATION: fault({
      className: 'ConfigurationError',
      category: 'configuration',
      severity: severity.CRITICAL,
      recovery: 'default_fallback',
      autoRecoverable: false,
      message: 'the configuration is unusable',
    }),
    EXTERNAL_SERVICE: fault<{ service: string }, typeof kernelFaults.CONNECTION_LOST>({
      extends: kernelFaults.CONNECTION_LOST,
      className: 'ExternalServiceError',
      message: ({ service }) => `${service} is away`,
    }),
  }),
};

export const {
  SESSION_ERROR: SessionError,
  SESSION_NOT_FOUND: SessionNotFoundError,
  SESSION_STORAGE_CORRUPTED: SessionStorageCorruptedError,
  SESSION_CONCURRENT_ACCESS: SessionConcurrentAccessError,
  SESSION_LOCK_LOST: SessionLockLostError,
} = sessions;

export const inSession = { sessionId: 's1', operation: 'read' };
