import { defineFaults, fault, severity } from '@sustain/kernel';

/** What can break while music is written to a file. */
export const recordingFaults = defineFaults('auralis', {
  RECORDING_EXISTS: fault<{ path: string; isFile: boolean; keptAs?: string }>({
    category: 'file',
    severity: severity.WARNING,
    recovery: 'reject',
    message: ({ path, isFile, keptAs }) => {
      const cure = isFile ? ', or write over it with --force' : '; it is no file';
      const kept = keptAs === undefined ? '' : `. What was written is kept as ${keptAs}`;
      return `${path} is there already: name another file${cure}${kept}`;
    },
    userMessage: 'There is something of that name already.',
  }),
  STREAM_UNAVAILABLE: fault<{ url: string; reason: string }>({
    category: 'network',
    severity: severity.ERROR,
    recovery: 'escalate',
    retryable: true,
    message: ({ url, reason }) => `the stream ${url} cannot be heard: ${reason}`,
    userMessage: 'The stream cannot be heard at the moment.',
  }),
});
