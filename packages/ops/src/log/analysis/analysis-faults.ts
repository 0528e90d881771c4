import { defineFaults, fault, severity } from '@sustain/kernel';

/** What can be wrong with the logs that somebody wants to read. Of single lines and files that are, LogTroubles tells. */
export const analysisFaults = defineFaults('ops', {
  LOGS_NOT_FOUND: fault<{ path: string; reason: string }>({
    category: 'configuration',
    severity: severity.WARNING,
    recovery: 'reject',
    autoRecoverable: false,
    message: ({ path, reason }) =>
      `there are no logs to read in ${path} (${reason}): name the folder that the program writes its logs to`,
    userMessage: 'There are no logs to read.',
  }),
});
