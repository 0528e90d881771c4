import { defineFaults, fault, severity } from '@sustain/kernel';

/** What can break in the server, and what can be wrong with what it is asked. */
export const serverFaults = defineFaults('server', {
  ADDRESS_IN_USE: fault<{ host: string; port: number }>({
    category: 'configuration',
    severity: severity.CRITICAL,
    recovery: 'escalate',
    retryable: true,
    autoRecoverable: false,
    message: ({ host, port }) =>
      `port ${port} on ${host} is in use: stop the program that has it, or set SUSTAIN_PORT to a free port`,
    userMessage: 'Another program is using our port.',
  }),
  ADDRESS_UNUSABLE: fault<{ host: string; port: number; reason: string }>({
    category: 'configuration',
    severity: severity.CRITICAL,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ host, port, reason }) =>
      `cannot listen on ${host} port ${port} (${reason}): set SUSTAIN_HOST to an address of this machine and SUSTAIN_PORT to a port from 1024 to 65535`,
    userMessage: 'The server cannot use the address it was given.',
  }),
  REMOTE_WITHOUT_TOKEN: fault<{ host: string }>({
    category: 'configuration',
    severity: severity.CRITICAL,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ host }) =>
      `refusing to listen on ${host}: other machines could reach it, and no access token is configured. Set SUSTAIN_TOKEN (16 characters or more), or listen on 127.0.0.1 (unset SUSTAIN_HOST) and forward the port, for example with ssh -L`,
    userMessage: 'The server serves other machines only with an access token.',
  }),
  NOT_FOUND: fault<{ what: string; known?: readonly string[] }>({
    category: 'client',
    severity: severity.INFO,
    recovery: 'reject',
    message: ({ what, known }) =>
      `there is no ${what}${known === undefined ? '' : `; there are: ${known.join(', ')}`}`,
    userMessage: 'There is nothing here.',
  }),
  REQUEST_INVALID: fault<{ reason: string }>({
    category: 'client',
    severity: severity.INFO,
    recovery: 'reject',
    message: ({ reason }) => `the request is not valid: ${reason}`,
    userMessage: 'The request is not valid.',
  }),
  BODY_TOO_LARGE: fault<{ limitBytes: number }>({
    category: 'client',
    severity: severity.INFO,
    recovery: 'reject',
    message: ({ limitBytes }) => `the body is larger than ${limitBytes} bytes: send less at once`,
    userMessage: 'The request is too large.',
  }),
  HOST_REFUSED: fault<{ host: string }>({
    category: 'client',
    severity: severity.WARNING,
    recovery: 'reject',
    message: ({ host }) =>
      `the server does not answer to the name "${host}": use localhost or 127.0.0.1, or add the name to the allowed hosts`,
    userMessage: 'The server does not answer to this name.',
  }),
  ORIGIN_REFUSED: fault<{ origin: string }>({
    category: 'client',
    severity: severity.WARNING,
    recovery: 'reject',
    message: ({ origin }) =>
      `pages of ${origin} may not control this server: use a page that it serves itself`,
    userMessage: 'This page may not control the server.',
  }),
  TOO_MANY_REQUESTS: fault<{ of: 'address' | 'token'; retryAfterMs: number }>({
    category: 'client',
    severity: severity.INFO,
    recovery: 'reject',
    retryable: true,
    stack: false,
    message: ({ of, retryAfterMs }) =>
      `too many requests of one ${of}: ask again in ${Math.ceil(retryAfterMs)} ms, and less often`,
    userMessage: 'Too many requests. Wait a moment.',
  }),
  TOO_MANY_STREAMS: fault<{ maxStreams: number; retryAfterMs: number }>({
    category: 'client',
    severity: severity.WARNING,
    recovery: 'reject',
    retryable: true,
    stack: false,
    message: ({ maxStreams }) => `all ${maxStreams} event streams are taken: close one, or allow more`,
    userMessage: 'Too many people are watching. Try again in a moment.',
  }),
  METRICS_UNAVAILABLE: fault<{ retryAfterMs: number }>({
    category: 'observation',
    severity: severity.ERROR,
    recovery: 'reject',
    retryable: true,
    message: 'the metrics could not be collected: the cause says which one failed',
    userMessage: 'The metrics cannot be read now.',
  }),
  STOPPING: fault<{ retryAfterMs: number }>({
    category: 'lifecycle',
    severity: severity.INFO,
    recovery: 'none',
    retryable: true,
    message: () => 'the server is stopping',
    userMessage: 'The server is restarting. Try again in a moment.',
  }),
});
