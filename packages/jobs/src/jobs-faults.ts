import { defineFaults, fault, severity } from '@sustain/kernel';

/** What can break in a job queue, and how a job can end other than well. */
export const jobsFaults = defineFaults('jobs', {
  JOB_DEAD: fault<{ queue: string; id: string; attempts: number; reason: string }>({
    category: 'job',
    severity: severity.ERROR,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ queue, id, attempts, reason }) =>
      `the job ${id} of ${queue} was given up after ${attempts} attempts: ${reason}. Remove the cause, then retryDead(id)`,
    userMessage: 'This could not be done.',
  }),
  JOB_CRASHED: fault<{ queue: string; id: string; attempts: number }>({
    category: 'job',
    severity: severity.ERROR,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ queue, id, attempts }) =>
      `the job ${id} of ${queue} was begun ${attempts} times, and the last time its process ended with it: it may be what kills it`,
    userMessage: 'This could not be done.',
  }),
  JOB_CANCELLED: fault<{ queue: string; id: string; reason: string }>({
    category: 'cancelled',
    severity: severity.DEBUG,
    recovery: 'none',
    message: ({ queue, id, reason }) => `the job ${id} of ${queue} was cancelled: ${reason}`,
  }),
  JOB_INTERRUPTED: fault<{ queue: string; id: string }>({
    category: 'cancelled',
    severity: severity.DEBUG,
    recovery: 'none',
    message: ({ queue, id }) =>
      `the queue ${queue} is closing: the job ${id} is interrupted, and will run again`,
  }),
  JOB_LOST: fault<{ queue: string; id: string }>({
    category: 'conflict',
    severity: severity.WARNING,
    recovery: 'none',
    message: ({ queue, id }) =>
      `the job ${id} of ${queue} now belongs to another process: this one was away for too long, and what it does with the job is dropped`,
  }),
  JOB_NOT_FOUND: fault<{ queue: string; id: string }>({
    category: 'client',
    severity: severity.WARNING,
    recovery: 'reject',
    message: ({ queue, id }) =>
      `the queue ${queue} has no job ${id}: it never had, or it ended and is no longer kept (keepMs, keepCount)`,
    userMessage: 'This does not exist, or no longer.',
  }),
  JOB_DATA_INVALID: fault<{ queue: string; what: string; reason: string }>({
    category: 'client',
    severity: severity.WARNING,
    recovery: 'reject',
    message: ({ queue, what, reason }) => `the ${what} of a job of ${queue} cannot be kept: ${reason}`,
  }),
  JOB_DATA_TOO_LARGE: fault<
    { queue: string; what: string; sizeBytes: number; limitBytes: number },
    'JOB_DATA_INVALID'
  >({
    extends: 'JOB_DATA_INVALID',
    message: ({ queue, what, sizeBytes, limitBytes }) =>
      `the ${what} of a job of ${queue} has ${sizeBytes} bytes as JSON, and ${limitBytes} are allowed: keep it elsewhere and hand over where`,
    userMessage: 'This is too large.',
  }),
  QUEUE_OWNED: fault<{ queue: string; owner: string }>({
    category: 'conflict',
    severity: severity.ERROR,
    recovery: 'reconnect_retry',
    retryable: true,
    message: ({ queue, owner }) =>
      `the queue ${queue} belongs to another process (${owner}): end that one, wait for it with waitForOwnerMs, or use bullmqQueue, which many may share`,
    userMessage: 'This is being done elsewhere. Try again shortly.',
  }),
  QUEUE_CLOSED: fault<{ queue: string }>({
    category: 'lifecycle',
    severity: severity.WARNING,
    recovery: 'none',
    message: ({ queue }) => `the queue ${queue} is closed: open it again, or do not use it after close()`,
  }),
  ALREADY_PROCESSING: fault<{ queue: string }>({
    category: 'program',
    severity: severity.ERROR,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ queue }) =>
      `the queue ${queue} has a handler already: call process() once, and raise its concurrency to do more at once`,
  }),
});
